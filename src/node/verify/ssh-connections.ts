import { mapLimited } from '../../base/map-limited.js';
import type { VerifyRequest } from '../../generated/objects.js';
import { CommandError } from '../../system/command/command.js';
import { runSsh, type SshParts } from '../ssh/runner.js';

/** One node is reached in no more time than this. */
const TIMEOUT_MS = 60_000;
/** Nodes that are tried at the same time; Ganeti tries one after the other. */
const CONCURRENCY = 10;
/** Nodes of a virtual cluster have their names in a variable. */
const NAME_COMMAND =
  'if test -z "$GANETI_HOSTNAME"; then  hostname --fqdn;else  echo "$GANETI_HOSTNAME";fi';

export interface SshConnectionsParts extends SshParts {
  /** So that not all nodes try the same one at the same time. */
  readonly shuffle?: <T>(items: readonly T[]) => T[];
}

/** Nodes that are not reached by SSH or are not called what we call them, with what is wrong. */
export async function verifyConnections(
  parts: SshConnectionsParts,
  [nodes, more, candidates]: NonNullable<VerifyRequest['nodelist']>,
  ownName: string,
  clusterName: string,
): Promise<Record<string, string>> {
  // Others may have keys of which Ganeti knows nothing.
  if (!candidates.includes(ownName)) return {};
  const { shuffle = shuffled } = parts;
  const all = shuffle([...new Set([...nodes, ...(more[ownName] ?? [])])]);
  const problems = await mapLimited(all, CONCURRENCY, async (node) => {
    const problem = await problemOf(parts, node, clusterName);
    return problem === undefined ? [] : [[node, problem] as const];
  });
  return Object.fromEntries(problems.flat());
}

/** Ganeti: ssh.SshRunner.VerifyNodeHostname */
async function problemOf(
  parts: SshConnectionsParts,
  node: string,
  clusterName: string,
): Promise<string | undefined> {
  try {
    const options = { timeoutMs: TIMEOUT_MS, hostKeyOf: clusterName };
    const { stdout } = await runSsh(parts, node, NAME_COMMAND, options);
    return nameProblem(node, stdout.trim());
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { output, failReason } = error;
    return `ssh problem: ${output === failReason ? `${failReason} (no output)` : output}`;
  }
}

function nameProblem(node: string, name: string): string | undefined {
  if (name === node) return undefined;
  const what =
    name !== '' && node.startsWith(`${name}.`) ? 'hostname not FQDN' : 'hostname mismatch';
  return `${what}: expected ${node} but got ${name}`;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
