import { parentPort } from 'node:worker_threads';
import { scanUsers, signalProcesses, type Whose } from './process-scan.js';

/** What `Processes` asks of its thread. */
export type ScanRequest =
  | { readonly id: number; readonly kind: 'scan'; readonly roots: readonly string[] }
  | {
      readonly id: number;
      readonly kind: 'signal';
      readonly whose: Whose;
      readonly signal: NodeJS.Signals;
    };

export interface ScanReply {
  /** Of the request; 0 in the first message, which says that the thread is ready. */
  readonly id: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

parentPort?.on('message', (request: ScanRequest) => {
  parentPort?.postMessage(answer(request));
});

parentPort?.postMessage({ id: 0 } satisfies ScanReply);

function answer(request: ScanRequest): ScanReply {
  const { id } = request;
  try {
    const result =
      request.kind === 'scan'
        ? scanUsers(request.roots)
        : signalProcesses(request.whose, request.signal);
    return { id, result };
  } catch (error) {
    return { id, error };
  }
}
