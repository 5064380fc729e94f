import { MS_PER_SECOND } from '../../base/units.js';
import type { MetadataDaemon } from '../../node/daemons/metadata-daemon.js';
import type { X509Certificates } from '../../node/membership/x509-certificates.js';
import type { Hooks } from '../../node/programs/hooks.js';
import type { Iallocators } from '../../node/programs/iallocators.js';
import type { OutOfBand } from '../../node/programs/out-of-band.js';
import type { RestrictedCommands } from '../../node/programs/restricted-commands.js';
import { done, type SomeCallRows } from '../call-row.js';

export interface ProgramCallNeeds {
  readonly hooks: Hooks;
  readonly iallocators: Iallocators;
  readonly metadataDaemon: MetadataDaemon;
  readonly outOfBand: OutOfBand;
  readonly restrictedCommands: RestrictedCommands;
  readonly x509Certificates: X509Certificates;
}

/** Calls that have other programs do the work. */
export const programCalls = ({
  hooks,
  iallocators,
  metadataDaemon,
  outOfBand,
  restrictedCommands,
  x509Certificates,
}: ProgramCallNeeds) =>
  ({
    hooks_runner: {
      run: ([path, phase, env]) => hooks.run(path, phase, env),
    },
    iallocator_runner: {
      run: ([name, input, parameters]) => iallocators.run(name, input, parameters),
    },
    restricted_command: {
      run: ([name]) => restrictedCommands.run(name),
    },
    run_oob: {
      run: ([program, command, node, timeoutSeconds]) =>
        outOfBand.run(program, command, node, timeoutSeconds * MS_PER_SECOND),
    },
    x509_cert_create: {
      run: ([validitySeconds]) => x509Certificates.create(validitySeconds),
    },
    x509_cert_remove: {
      run: ([name]) => done(x509Certificates.remove(name)),
    },
    instance_metadata_modify: {
      lock: () => 'metadata daemon',
      run: ([instance]) => done(metadataDaemon.update(instance)),
    },
  }) satisfies SomeCallRows;
