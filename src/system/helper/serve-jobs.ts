import { onStep } from '../kernel/steps.js';
import { dieWithParent } from '../kernel/syscalls.js';
import { plainFailure } from './failures.js';
import type { HelperMessage, JobMessage, JobTable } from './job-table.js';

/** Carries out jobs of the table, one at a time, until the process that has started this one ends or lets go of it. */
export function serveJobs(table: JobTable): void {
  dieWithParent();
  process.title = 'noded-helper';
  process.on('disconnect', () => {
    process.exit();
  });
  process.on('message', (message: JobMessage) => void answer(table, message));
  say({ kind: 'ready' });
}

async function answer(table: JobTable, { name, params, tellsSteps }: JobMessage): Promise<void> {
  const end = tellsSteps
    ? onStep((step) => {
        say({ kind: 'step', step: { ...step, isForwarded: true } });
      })
    : undefined;
  const reply = await carryOut(table, name, params);
  end?.();
  say(reply);
}

async function carryOut(table: JobTable, name: string, params: unknown): Promise<HelperMessage> {
  try {
    const job = table[name];
    if (job === undefined) throw new Error(`no such job: ${name}`);
    return { kind: 'result', result: await job(params as never) };
  } catch (error) {
    return { kind: 'failure', failure: plainFailure(error) };
  }
}

function say(message: HelperMessage): void {
  process.send?.(message);
}
