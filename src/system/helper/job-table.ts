import type { Step } from '../kernel/steps.js';
import type { PlainFailure } from './failures.js';

/** One kind of work of a helper: takes plain JSON and gives plain JSON. */
export type Job = (params: never) => unknown;

/** What a helper can be asked for, by name. */
export type JobTable = Readonly<Record<string, Job>>;

export type JobParams<T extends JobTable, N extends keyof T> = Parameters<T[N]>[0];
export type JobResult<T extends JobTable, N extends keyof T> = Awaited<ReturnType<T[N]>>;

/** What a helper is told. */
export interface JobMessage {
  readonly name: string;
  readonly params: unknown;
  /** Whether anybody listens to the steps of the job. */
  readonly tellsSteps: boolean;
}

/** What a helper says: that it is ready for its first job; each step of a job, and how the job ended. */
export type HelperMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'result'; readonly result?: unknown }
  | { readonly kind: 'failure'; readonly failure: PlainFailure };
