import { INSTANCE_DIFFERENCES } from './expectations/instance-differences.js';
import type { MeantDifference } from './expectations/meant-difference.js';
import { NODE_DIFFERENCES } from './expectations/node-differences.js';
import { STORAGE_DIFFERENCES } from './expectations/storage-differences.js';

/** Where our replies are meant to differ from Ganeti's. */
export const MEANT_DIFFERENCES: readonly MeantDifference[] = [
  ...INSTANCE_DIFFERENCES,
  ...STORAGE_DIFFERENCES,
  ...NODE_DIFFERENCES,
];

/** What the load was when it was recorded. */
const MEMORY = 'memory_(dom0|free)';

/** Where in a call's reply another node, or the same one later, has another value of the same type. */
export const NODE_VALUES: Readonly<Record<string, readonly RegExp[]>> = {
  // Names of what is made, with the time and something random in them.
  export_start: [/^\/1$/],
  import_start: [/^\/1$/],
  os_export: [/^\/1$/],
  x509_cert_create: [/^\/1\/[01]$/],
  instance_usage: [/^\/1\/\w+$/],
  // Digests of certificates, and of files with secrets.
  node_crypto_tokens: [/^\/1\/\d+\/1$/],
  node_verify: [
    /^\/1\/client-cert\/1$/,
    /^\/1\/filelist\//,
    /^\/1\/time\/[01]$/,
    new RegExp(`^/1/hvinfo/${MEMORY}$`),
  ],
  node_info: [new RegExp(`^/1/2/\\d+/${MEMORY}$`)],
  // The room that is left.
  storage_list: [/^\/1\/0\/3$/],
};
