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

export interface LocalHooksParts {
  readonly scripts: HookScripts;
  readonly ssconf: Pick<Ssconf, 'clusterName' | 'masterNode'>;
  readonly nodeNames: NodeNames;
  readonly dataDir: string;
  readonly logger: Logger;
}

/**
 * Hooks around an operation of this node alone (Ganeti: backend.RunLocalHooks).
 *
 * Deviation: `GANETI_CLUSTER` and `GANETI_MASTER` are what they are in all other hooks. Ganeti passes them on one place
 * too early here, as `GANETI_OBJECT_TYPE` and `GANETI_CLUSTER`.
 */
export class LocalHooks {
  readonly #parts: LocalHooksParts;

  constructor(parts: LocalHooksParts) {
    this.#parts = parts;
  }

  /**
   * Runs `work` between its hooks.
   *
   * @throws NodeError when a hook of the first phase fails; of the second, that is only logged
   */
  async around(operation: HookedOperation, work: () => Promise<void>): Promise<void> {
    const common = this.#commonEnv(operation);
    const pre = prefixed('GANETI_', operation.env);
    await this.#runPre(operation.hooksPath, { ...common, ...pre });
    await work();
    const post = prefixed('GANETI_POST_', operation.env);
    await this.#runPost(operation.hooksPath, { ...common, ...pre, ...post });
  }

  async #runPre(hooksPath: string, env: Record<string, string>): Promise<void> {
    const failures = await this.#failures(hooksPath, 'pre', env);
    if (failures.length === 0) return;
    const node = await this.#parts.nodeNames.own();
    const texts = failures.map(({ script, output }) => `hook ${script} failed, output: ${output}`);
    throw new BackendError(`On ${node}, ${texts.join('; ')}`, { data: { failures } });
  }

  async #runPost(hooksPath: string, env: Record<string, string>): Promise<void> {
    for (const { script, output } of await this.#failures(hooksPath, 'post', env))
      this.#parts.logger.warn('hook failed', { script, output });
  }

  async #failures(hooksPath: string, phase: 'pre' | 'post', env: Record<string, string>) {
    const outcomes = await this.#parts.scripts.run(hooksPath, phase, {
      ...env,
      GANETI_HOOKS_PHASE: phase,
    });
    return outcomes
      .filter(([, result]) => result === FAILED)
      .map(([script, , output]) => ({ script, output: output || '(no output)' }));
  }

  #commonEnv({ opCode, hooksPath }: HookedOperation): Record<string, string> {
    return {
      PATH: HOOKS_PATH,
      GANETI_HOOKS_VERSION: HOOKS_VERSION,
      GANETI_OP_CODE: opCode,
      GANETI_DATA_DIR: this.#parts.dataDir,
      GANETI_HOOKS_PATH: hooksPath,
      GANETI_CLUSTER: this.#parts.ssconf.clusterName(),
      GANETI_MASTER: this.#parts.ssconf.masterNode(),
    };
  }
}

function prefixed(prefix: string, env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [prefix + name, value]));
}
