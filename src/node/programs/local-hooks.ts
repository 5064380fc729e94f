import type { Logger } from 'winston';
import { HOOKS_PATH } from '../../base/constants.js';
import { BackendError } from '../../base/errors.js';
import type { Ssconf } from '../files/ssconf-reader.js';
import type { NodeNames } from '../membership/node-name.js';

/** Ganeti: constants.HOOKS_VERSION. */
const HOOKS_VERSION = '2';
/** Ganeti: constants.HKR_FAIL. */
const FAILED = 1;

/** What became of one script: its name, 0 for skipped, 1 for failed, 2 for done, and its output. */
export type HookOutcome = readonly [script: string, result: number, output: string];

/** Runs the administrator's scripts for one step of an operation. */
export interface HookScripts {
  run(
    hooksPath: string,
    phase: 'pre' | 'post',
    env: Readonly<Record<string, string>>,
  ): Promise<readonly HookOutcome[]>;
}

/** An operation that has hooks although it is not a job of the master. */
export interface HookedOperation {
  readonly opCode: string;
  readonly hooksPath: string;
  /** What the scripts are told of it; the names get `GANETI_` in front. */
  readonly env: Readonly<Record<string, string>>;
}

/** What runs the hooks of such operations; an interface, so that tests can pass a fake. */
export interface LocalHooks {
  around(operation: HookedOperation, work: () => Promise<void>): Promise<void>;
}

export interface LocalHooksParts {
  readonly scripts: HookScripts;
  readonly ssconf: Pick<Ssconf, 'clusterName' | 'masterNode'>;
  readonly nodeNames: NodeNames;
  readonly dataDir: string;
  readonly logger: Logger;
}

/**
 * Runs `work` between the hooks of an operation of this node alone (Ganeti: backend.RunLocalHooks).
 *
 * Deviation: `GANETI_CLUSTER` and `GANETI_MASTER` are what they are in all other hooks. Ganeti passes them on one place
 * too early here, as `GANETI_OBJECT_TYPE` and `GANETI_CLUSTER`.
 *
 * @throws NodeError when a hook of the first phase fails; of the second, that is only logged
 */
export async function withLocalHooks(
  parts: LocalHooksParts,
  operation: HookedOperation,
  work: () => Promise<void>,
): Promise<void> {
  const { hooksPath, env } = operation;
  const before = { ...commonEnv(parts, operation), ...prefixed('GANETI_', env) };
  await runPre(parts, hooksPath, before);
  await work();
  const after = { ...before, ...prefixed('GANETI_POST_', env) };
  for (const { script, output } of await failuresOf(parts, hooksPath, 'post', after))
    parts.logger.warn('hook failed', { script, output });
}

async function runPre(
  parts: LocalHooksParts,
  hooksPath: string,
  env: Record<string, string>,
): Promise<void> {
  const failures = await failuresOf(parts, hooksPath, 'pre', env);
  if (failures.length === 0) return;
  const node = await parts.nodeNames.own();
  const texts = failures.map(({ script, output }) => `hook ${script} failed, output: ${output}`);
  throw new BackendError(`On ${node}, ${texts.join('; ')}`, { data: { failures } });
}

async function failuresOf(
  { scripts }: LocalHooksParts,
  hooksPath: string,
  phase: 'pre' | 'post',
  env: Record<string, string>,
) {
  const outcomes = await scripts.run(hooksPath, phase, { ...env, GANETI_HOOKS_PHASE: phase });
  return outcomes
    .filter(([, result]) => result === FAILED)
    .map(([script, , output]) => ({ script, output: output || '(no output)' }));
}

function commonEnv(
  { dataDir, ssconf }: LocalHooksParts,
  { opCode, hooksPath }: HookedOperation,
): Record<string, string> {
  return {
    PATH: HOOKS_PATH,
    GANETI_HOOKS_VERSION: HOOKS_VERSION,
    GANETI_OP_CODE: opCode,
    GANETI_DATA_DIR: dataDir,
    GANETI_HOOKS_PATH: hooksPath,
    GANETI_CLUSTER: ssconf.clusterName(),
    GANETI_MASTER: ssconf.masterNode(),
  };
}

function prefixed(prefix: string, env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [prefix + name, value]));
}
