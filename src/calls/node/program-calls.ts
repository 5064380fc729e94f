import { MS_PER_SECOND } from '../../base/units.js';
import { type MetadataDaemonParts, updateMetadata } from '../../node/daemons/metadata-daemon.js';
import {
  createX509Certificate,
  removeX509Certificate,
  type X509CertificatesParts,
} from '../../node/membership/x509-certificates.js';
import { type HooksParts, runHooks } from '../../node/programs/hooks.js';
import { type IallocatorsParts, runIallocator } from '../../node/programs/iallocators.js';
import { runOutOfBand } from '../../node/programs/out-of-band.js';
import {
  type RestrictedCommandsParts,
  runRestrictedCommand,
} from '../../node/programs/restricted-commands.js';
import { done, type SomeCallRows } from '../call-row.js';

export interface ProgramCallNeeds
  extends
    HooksParts,
    IallocatorsParts,
    MetadataDaemonParts,
    RestrictedCommandsParts,
    X509CertificatesParts {}

/** Calls that have other programs do the work. */
export const programCalls = (needs: ProgramCallNeeds) =>
  ({
    hooks_runner: {
      run: ([path, phase, env]) => runHooks(needs, path, phase, env),
    },
    iallocator_runner: {
      run: ([name, input, parameters]) => runIallocator(needs, name, input, parameters),
    },
    restricted_command: {
      run: ([name]) => runRestrictedCommand(needs, name),
    },
    run_oob: {
      run: ([program, command, node, timeoutSeconds]) =>
        runOutOfBand(needs.commands, program, command, node, timeoutSeconds * MS_PER_SECOND),
    },
    x509_cert_create: {
      run: ([validitySeconds]) => createX509Certificate(needs, validitySeconds),
    },
    x509_cert_remove: {
      run: ([name]) => done(removeX509Certificate(needs, name)),
    },
    instance_metadata_modify: {
      lock: () => 'metadata daemon',
      run: ([instance]) => done(updateMetadata(needs, instance)),
    },
  }) satisfies SomeCallRows;
