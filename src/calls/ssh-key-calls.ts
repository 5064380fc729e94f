import { NodeError } from '../errors.js';
import type { CallRows } from './call-table.js';

const SSH_KEYS_LOCK = 'ssh keys';

export const SSH_KEY_CALLS: CallRows<
  'node_ssh_key_add' | 'node_ssh_key_remove' | 'node_ssh_keys_renew'
> = {
  node_ssh_key_add: {
    lock: () => SSH_KEYS_LOCK,
    handle: (
      { keyAdder },
      [uuid, name, candidates, toAuthorizedKeys, toPublicKeys, getsPublicKeys],
    ) => keyAdder.add([{ uuid, name, toAuthorizedKeys, toPublicKeys, getsPublicKeys }], candidates),
  },
  node_ssh_key_remove: {
    lock: () => SSH_KEYS_LOCK,
    handle: ({ keyRemover }, [uuid, name, masterCandidateUuids, candidates, ...flags]) => {
      const [fromAuthorizedKeys, fromPublicKeys, clearsAuthorizedKeys, clearsPublicKeys, isReadd] =
        flags;
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
    handle: (
      { keyRenewal },
      [uuids, names, masterCandidateUuids, candidates, oldType, newType, newBits],
    ) =>
      keyRenewal.renew({
        nodes: pairs(uuids, names),
        masterCandidateUuids,
        candidates,
        oldType,
        newType,
        newBits,
      }),
  },
};

function pairs(uuids: readonly string[], names: readonly string[]) {
  if (uuids.length !== names.length)
    throw new NodeError('failed', 'List of nodes UUIDs and node names does not match in length.');
  return uuids.map((uuid, index) => ({ uuid, name: names[index] ?? '' }));
}
