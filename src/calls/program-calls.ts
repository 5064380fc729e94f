import { done, type CallRows } from './call-table.js';

const MILLISECONDS = 1000;

/** Calls that have other programs do the work. */
export const PROGRAM_CALLS: CallRows<
  | 'hooks_runner'
  | 'iallocator_runner'
  | 'restricted_command'
  | 'run_oob'
  | 'x509_cert_create'
  | 'x509_cert_remove'
  | 'instance_metadata_modify'
> = {
  hooks_runner: {
    handle: ({ hooks }, [path, phase, env]) => hooks.run(path, phase, env),
  },
  iallocator_runner: {
    handle: ({ iallocators }, [name, input, parameters]) =>
      iallocators.run(name, input, parameters),
  },
  restricted_command: {
    handle: ({ restrictedCommands }, [name]) => restrictedCommands.run(name),
  },
  run_oob: {
    handle: ({ outOfBand }, [program, command, node, timeoutSeconds]) =>
      outOfBand.run(program, command, node, timeoutSeconds * MILLISECONDS),
  },
  x509_cert_create: {
    handle: ({ x509Certificates }, [validitySeconds]) => x509Certificates.create(validitySeconds),
  },
  x509_cert_remove: {
    handle: ({ x509Certificates }, [name]) => done(x509Certificates.remove(name)),
  },
  instance_metadata_modify: {
    lock: () => 'metadata daemon',
    handle: ({ metadataDaemon }, [instance]) => done(metadataDaemon.update(instance)),
  },
};
