import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { Whose } from './ownership.js';
import { findHolders } from './process-holders.js';
import { type ProcessUse, scanUsers, signalProcesses } from './process-scan.js';

/** What `Processes` asks of its thread. */
export type ScanRequest = UsersRequest | SignalRequest | HoldersRequest;

interface UsersRequest {
  readonly id: number;
  readonly kind: 'scan';
  readonly roots: readonly string[];
}

interface SignalRequest {
  readonly id: number;
  readonly kind: 'signal';
  readonly whose: Whose;
  readonly signal: NodeJS.Signals;
}

interface HoldersRequest {
  readonly id: number;
  readonly kind: 'holders';
  readonly root: string;
  readonly devices: readonly string[];
  readonly rootsDir: string | undefined;
}

export interface ScanReply {
  /** Of the request; 0 in the first message, which says that the thread is ready. */
  readonly id: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

if (parentPort !== null) serve(parentPort);

function serve(port: MessagePort): void {
  const reply = (message: ScanReply) => {
    port.postMessage(message);
  };
  port.on('message', (first: ScanRequest) => {
    const requests = [first, ...waitingAt(port)];
    answerScans(requests.filter(isScan), reply);
    for (const request of requests)
      if (request.kind !== 'scan') reply(answer(request.id, () => carryOut(request)));
  });
  reply({ id: 0 });
}

function carryOut(request: SignalRequest | HoldersRequest): unknown {
  if (request.kind === 'signal') return signalProcesses(request.whose, request.signal);
  const { root, devices, rootsDir } = request;
  return findHolders(root, devices, { rootsDir });
}

/** The requests that have come since: many callers who stop instances at once ask at once. */
function waitingAt(port: MessagePort): ScanRequest[] {
  const waiting: ScanRequest[] = [];
  for (;;) {
    const next = receiveMessageOnPort(port) as { message: ScanRequest } | undefined;
    if (next === undefined) return waiting;
    waiting.push(next.message);
  }
}

/** One pass for all of them, as it begins after each was asked. */
function answerScans(requests: readonly UsersRequest[], reply: (message: ScanReply) => void): void {
  if (requests.length === 0) return;
  const roots = new Set(requests.flatMap(({ roots }) => roots));
  const { result, error } = answer(0, () => scanUsers([...roots]));
  for (const { id, roots } of requests)
    reply(error === undefined ? { id, result: only(roots, result) } : { id, error });
}

function only(roots: readonly string[], found: ReadonlyMap<string, ProcessUse[]> = new Map()) {
  return new Map(
    roots.flatMap((root) => {
      const users = found.get(root);
      return users === undefined ? [] : [[root, users] as const];
    }),
  );
}

function answer<T>(id: number, work: () => T): { id: number; result?: T; error?: unknown } {
  try {
    return { id, result: work() };
  } catch (error) {
    return { id, error };
  }
}

function isScan(request: ScanRequest): request is UsersRequest {
  return request.kind === 'scan';
}
