import { isAbsolute, join } from 'node:path';
import { RpcFailure } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import { localPath } from '../../ganeti/virtual-paths.js';
import { withLockedFile } from '../../system/file/file-lock.js';
import { type FileAttributes, replaceFile } from '../../system/file/files.js';
import { decodedContent, type EncodedContent } from './encoded-content.js';
import { fileOwner, type GanetiAccountsParts } from './ganeti-accounts.js';
import { failWhenLocked } from './lock-failure.js';
import type { WhenMounted } from './mounted-files.js';

/** How long another program may take that writes the same file. */
const LOCK_TIMEOUT_MS = 10_000;
/** What the master sends is the whole `st_mode`, with the kind of file in it. */
const PERMISSION_BITS = 0o7777;

/** Ganeti: pathutils; the files in the directory of the daemons' data that nodes share. */
const DATA_FILES = [
  'config.data',
  'known_hosts',
  'rapi.pem',
  'spice.pem',
  'spice-ca.pem',
  'rapi/users',
  'hmac.key',
  'cluster-domain-secret',
];
/** In the directory of the configuration; the second one is an ancillary file of a hypervisor. */
const CONF_FILES = ['vnc-cluster-password', 'kvm-vif-bridge'];
/** Ancillary files of hypervisors (Ganeti: hv_xen). */
const XEN_FILES = ['scripts/vif-bridge', 'xen/xl.conf', 'xend-config.sxp'];

/** The only files that the master may replace (Ganeti: backend._BuildUploadFileList). */
export function uploadableFiles({
  dataDir,
  confDir,
  etcHosts,
}: Pick<UploadsParts, 'dataDir' | 'confDir' | 'etcHosts'>): string[] {
  return [
    etcHosts,
    ...DATA_FILES.map((name) => join(dataDir, name)),
    ...CONF_FILES.map((name) => join(confDir, name)),
    ...XEN_FILES.map((name) => join(confDir, '../xen', name)),
  ];
}

/** A file that the master sends: what it is called, what is in it, and what it is like. */
export interface Upload {
  /** Absolute, or a virtual path in a virtual cluster. */
  readonly fileName: string;
  readonly content: EncodedContent;
  readonly mode: number | null;
  /** Names of Ganeti's users and groups, since their numbers differ from node to node. */
  readonly user: string;
  readonly group: string;
  /** In seconds since the epoch; both or neither. */
  readonly atime: number | null;
  readonly mtime: number | null;
}

/** What takes the files that are the same on all nodes of a cluster. */
export interface UploadsParts extends GanetiAccountsParts {
  readonly dataDir: string;
  readonly confDir: string;
  readonly etcHosts: string;
  readonly nodeRoot: string | undefined;
  readonly lockTimeoutMs?: number;
  /** How much a file may hold. */
  readonly limitBytes?: number;
  readonly whenMounted?: WhenMounted;
}

/**
 * Replaces one file whole (Ganeti: backend.UploadFile).
 *
 * Deviation: while another program has the file locked we wait; Ganeti gives up at once.
 *
 * @throws RpcFailure when it is not one of the allowed files, its content is broken, or it cannot be written
 */
export async function uploadFile(parts: UploadsParts, upload: Upload): Promise<void> {
  const { lockTimeoutMs: timeoutMs = LOCK_TIMEOUT_MS, limitBytes, whenMounted } = parts;
  const path = checkedPath(parts, upload.fileName);
  const attributes: FileAttributes = {
    mode: upload.mode === null ? undefined : upload.mode & PERMISSION_BITS,
    owner: await fileOwner(parts, upload.user, upload.group),
    times: timesOf(upload),
    whenMounted,
  };
  const content = decodedContent(upload.content, limitBytes);
  await failAs(RpcFailure, `Can't write '${path}'`, () =>
    failWhenLocked(() =>
      withLockedFile(path, { timeoutMs }, () => replaceFile(path, content, attributes)),
    ),
  );
}

function checkedPath(parts: UploadsParts, fileName: string): string {
  if (!isAbsolute(fileName))
    throw new RpcFailure(`Filename passed to UploadFile is not absolute: '${fileName}'`);
  const path = localPath(parts.nodeRoot, fileName);
  if (!uploadableFiles(parts).includes(path))
    throw new RpcFailure(`Filename passed to UploadFile not in allowed upload targets: '${path}'`);
  return path;
}

function timesOf({ atime, mtime }: Upload): FileAttributes['times'] {
  if (atime === null && mtime === null) return undefined;
  if (atime === null || mtime === null)
    throw new RpcFailure('Both atime and mtime must be either set or None');
  return { atime, mtime };
}
