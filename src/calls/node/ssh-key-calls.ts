import { BackendError } from '../../base/errors.js';
import { addKeys } from '../../node/ssh/key-adder.js';
import { removeKeys } from '../../node/ssh/key-remover.js';
import { type KeyRenewalParts, renewKeys } from '../../node/ssh/key-renewal.js';
import type { SomeCallRows } from '../call-row.js';

const SSH_KEYS_LOCK = 'ssh keys';

export const sshKeyCalls = (needs: KeyRenewalParts) =>
  ({
    node_ssh_key_add: {
      lock: () => SSH_KEYS_LOCK,
      run: ([uuid, name, candidates, toAuthorizedKeys, toPublicKeys, getsPublicKeys]) =>
        addKeys(
          needs,
          [{ uuid, name, toAuthorizedKeys, toPublicKeys, getsPublicKeys }],
          candidates,
        ),
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
        return removeKeys(needs, [node], { masterCandidateUuids, candidates, isReadd });
      },
    },
    node_ssh_keys_renew: {
      lock: () => SSH_KEYS_LOCK,
      run: ([uuids, names, masterCandidateUuids, candidates, oldType, newType, newBits]) =>
        renewKeys(needs, {
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
