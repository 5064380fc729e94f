import { BackendError } from '../../base/errors.js';
import type { KeyAdder } from '../../node/ssh/key-adder.js';
import type { KeyRemover } from '../../node/ssh/key-remover.js';
import type { KeyRenewal } from '../../node/ssh/key-renewal.js';
import type { SomeCallRows } from '../call-row.js';

const SSH_KEYS_LOCK = 'ssh keys';

export interface SshKeyCallNeeds {
  readonly keyAdder: KeyAdder;
  readonly keyRemover: KeyRemover;
  readonly keyRenewal: KeyRenewal;
}

export const sshKeyCalls = ({ keyAdder, keyRemover, keyRenewal }: SshKeyCallNeeds) =>
  ({
    node_ssh_key_add: {
      lock: () => SSH_KEYS_LOCK,
      run: ([uuid, name, candidates, toAuthorizedKeys, toPublicKeys, getsPublicKeys]) =>
        keyAdder.add([{ uuid, name, toAuthorizedKeys, toPublicKeys, getsPublicKeys }], candidates),
    },
    node_ssh_key_remove: {
      lock: () => SSH_KEYS_LOCK,
      run: ([uuid, name, masterCandidateUuids, candidates, ...flags]) => {
        const [
          fromAuthorizedKeys,
          fromPublicKeys,
          clearsAuthorizedKeys,
          clearsPublicKeys,
          isReadd,
        ] = flags;
        const node = {
          uuid,
          name,
          fromAuthorizedKeys,
          fromPublicKeys,
          clearsAuthorizedKeys,
          clearsPublicKeys,
        };
        return keyRemover.remove([node], { masterCandidateUuids, candidates, isReadd });
      },
    },
    node_ssh_keys_renew: {
      lock: () => SSH_KEYS_LOCK,
      run: ([uuids, names, masterCandidateUuids, candidates, oldType, newType, newBits]) =>
        keyRenewal.renew({
          nodes: pairs(uuids, names),
          masterCandidateUuids,
          candidates,
          oldType,
          newType,
          newBits,
        }),
    },
  }) satisfies SomeCallRows;

function pairs(uuids: readonly string[], names: readonly string[]) {
  if (uuids.length !== names.length)
    throw new BackendError('List of nodes UUIDs and node names does not match in length.');
  return uuids.map((uuid, index) => ({ uuid, name: names[index] ?? '' }));
}
