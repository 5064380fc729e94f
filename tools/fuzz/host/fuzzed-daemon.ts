import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { CallSchema, CallSchemas } from '../../../src/rpc/schemas/call-schemas.js';
import { SchemaCompiler } from '../../../src/rpc/schemas/schema-compiler.js';
import { eventually } from '../../kit/eventually.js';
import type { LogLine } from '../../kit/log-line.js';
import { callJsonRpc } from '../../kit/rpc-client.js';
import type { RawRequest } from '../requests/raw-bytes.js';
import type { FuzzRequest } from '../requests/requests.js';
import { ANSWER_TIMEOUT_MS, type FuzzReply, NoAnswerError, send } from '../requests/sending.js';
import { sendRaw } from '../requests/sending-raw.js';
import { INSTANCES } from '../requests/vocabulary.js';
import { judgeLog, judgeRaw, judgeReply, type Outcome, Violation } from '../verdict.js';
import { HostDaemon } from './host-daemon.js';
import { diskFile, type HostPaths } from './paths.js';
import { Scene } from './scene.js';

/** The call after which the daemon is meant to end. */
export const LEAVING_CALL = 'node_leave_cluster';
/** Calls that write to disks; the disk of a running instance does not show it. */
const WRITES_DISKS = /^(blockdev_|instance_os|instance_run_rename|import_|resize_disk)/;
/** What a request is refused with before anything is done. */
const REFUSED_BEFORE =
  /"kind":"(invalid-params|parse-error|invalid-request)"|Invalid parameters for/;
/** How Ganeti's wire begins what is not only the failure of a call. */
const SUSPECT = 'Error while executing backend function: ';
const ENDED = /^call (done|failed)$/;
const REFUSED = /^(call failed|body refused)$/;
/** Log lines are written a moment after the reply. */
const LOG_TIMEOUT_MS = 2_000;
const LOG_PAUSE_MS = 200;
/** The call that is there to wait. */
const WAITING_CALL = 'test_delay';
/** How a connection ends on which the daemon answers before it has read a long body. */
const BROKEN = ['EPIPE', 'ECONNRESET'];
/** More than what is on its way when the daemon closes the connection. */
const LONG_BODY = 16 * 1024;
const UNREAD: FuzzReply = { status: 400, contentType: '', body: 'closed before the body was read' };
/** Loop devices belong to the whole machine: none may be named. */
const FOREIGN_DEVICE = /loop\d/;

/** The daemon of this host with its scene: takes one request at a time and says what was wrong about the answer. */
export class FuzzedDaemon {
  readonly process = new HostDaemon();
  readonly #paths: HostPaths;
  readonly #scene: Scene;
  readonly #compiler: SchemaCompiler;
  readonly #results = new Map<string, ValidateFunction>();
  readonly #log: LogLine[] = [];
  #mayHaveWritten = false;
  /** Whether the last request was a finding, which may be that the daemon is dead. */
  #hasFailed = false;

  constructor(paths: HostPaths, schemas: CallSchemas) {
    this.#paths = paths;
    this.#scene = new Scene(paths);
    this.#compiler = new SchemaCompiler(schemas);
  }

  /** Whether it speaks TLS. */
  #hasSsl = false;

  async start(): Promise<void> {
    await this.#scene.prepare();
    await this.process.start();
    await this.#scene.restore(this.#ask, { isDeep: true });
  }

  /** Begins again, with TLS or without. */
  async restart({ hasSsl }: { hasSsl: boolean }): Promise<void> {
    await this.stop();
    this.#hasSsl = hasSsl;
    await this.process.start({ hasSsl });
  }

  /** Stops all instances, so that what is left can be counted. */
  async settle(): Promise<void> {
    if (!this.process.isRunning) await this.process.start({ hasSsl: this.#hasSsl });
    await this.#scene.stopInstances(this.#ask);
  }

  async stop(): Promise<void> {
    await this.settle();
    await this.process.stop();
  }

  /**
   * Sends one request to a host that is as it was at the beginning.
   *
   * @throws Violation
   */
  async try(call: CallSchema, request: FuzzRequest): Promise<Outcome> {
    if (FOREIGN_DEVICE.test(request.body) || waitsLong(call, request)) return 'not sent';
    await this.#arrange();
    this.#hasFailed = true;
    const reply = await this.#answer(request);
    this.#mayHaveWritten =
      WRITES_DISKS.test(call.name) &&
      request.body.includes(diskFile(this.#paths, INSTANCES.running)) &&
      !REFUSED_BEFORE.test(reply.body);
    const { outcome, result } = judgeReply(request, reply);
    if (result !== undefined && request.path.endsWith(call.name)) this.#judgeResult(call, result);
    if (reply.body.includes(SUSPECT)) await this.#awaitFailureInLog();
    await this.#expectAlive(call, reply);
    judgeLog(this.#takeLog());
    this.#hasFailed = false;
    return outcome;
  }

  /**
   * Sends bytes that are no proper request; the daemon must go on to answer others.
   *
   * @throws Violation
   */
  async tryRaw(request: RawRequest): Promise<Outcome> {
    if (this.#hasFailed) await this.#forgetLog();
    if (!this.process.isRunning) await this.#startAgain();
    this.#hasFailed = true;
    const { socket, dataDir } = this.#paths;
    const text = await this.#orViolation(
      sendRaw(request, { socket, certificate: join(dataDir, 'server.pem') }),
    );
    const isTls = this.#hasSsl && request.wire === 'tcp';
    const outcome = isTls ? 'TLS' : judgeRaw(text);
    await this.#orViolation(this.#ask('version', []));
    judgeLog(this.#takeLog());
    this.#hasFailed = false;
    return outcome;
  }

  /** The end of a connection, with what is wrong about it as a finding. */
  async #orViolation<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const log = JSON.stringify(this.#takeLog());
      throw new Violation('the daemon does not go on as it should', `${String(error)} ${log}`);
    }
  }

  async #arrange(): Promise<void> {
    if (this.#hasFailed) await this.#forgetLog();
    if (!this.process.isRunning) await this.#startAgain();
    try {
      await this.#scene.restore(this.#ask, { isDeep: this.#mayHaveWritten });
    } catch (error) {
      throw new Violation(
        'the scene could not be restored after the request before',
        String(error),
      );
    }
    judgeLog(this.#takeLog());
  }

  /** What belongs to a request that was a finding is no finding of the next one. */
  async #forgetLog(): Promise<void> {
    await delay(LOG_PAUSE_MS);
    this.#takeLog();
  }

  /** Dead since the last request was answered, or since a finding. */
  async #startAgain(): Promise<void> {
    const { end } = this.process;
    const log = JSON.stringify(this.#takeLog());
    await this.process.start({ hasSsl: this.#hasSsl });
    if (!this.#hasFailed) throw new Violation(`the daemon has ended with ${end}`, log);
  }

  async #answer(request: FuzzRequest): Promise<FuzzReply> {
    try {
      return await send(request, this.#paths.socket);
    } catch (error) {
      if (error instanceof NoAnswerError) throw new Violation(error.message);
      const { code = '' } = error as NodeJS.ErrnoException;
      if (BROKEN.includes(code) && isRefusedUnread(request)) return UNREAD;
      throw new Violation(
        `no reply (${code})`,
        `${String(error)} ${JSON.stringify(this.#takeLog())}`,
      );
    }
  }

  /** A result is what the call's schema promises. */
  #judgeResult(call: CallSchema, result: unknown): void {
    let validate = this.#results.get(call.name);
    validate ??= this.#compiler.compile(`result-${call.name}`, call.result.schema);
    this.#results.set(call.name, validate);
    if (!validate(result))
      throw new Violation(
        'a result that its schema does not allow',
        `${JSON.stringify(validate.errors)} ${JSON.stringify(result)}`,
      );
  }

  async #awaitFailureInLog(): Promise<void> {
    const isThere = () => this.#seen().some(({ message }) => REFUSED.test(message));
    await eventually(isThere, LOG_TIMEOUT_MS).catch(() => undefined);
  }

  /** Only one call may end it, and that in an orderly way. */
  async #expectAlive(call: CallSchema, reply: FuzzReply): Promise<void> {
    if (call.name === LEAVING_CALL && (await this.#isLeaving(reply))) {
      if (!(await this.process.ended(ANSWER_TIMEOUT_MS))) throw new Violation('it did not end');
      if (this.process.end !== '0') throw new Violation(`it ended with ${this.process.end}`);
      await this.process.start();
    } else if (!this.process.isRunning)
      throw new Violation(
        `the daemon ended with ${this.process.end}`,
        JSON.stringify(this.#takeLog()),
      );
  }

  /** It says so in the reply, but to a notification. */
  async #isLeaving({ status, body }: FuzzReply): Promise<boolean> {
    if (status !== 204) return body.includes('Shutdown scheduled');
    const line = () => this.#seen().find(({ message }) => ENDED.test(message));
    await eventually(() => line() !== undefined, ANSWER_TIMEOUT_MS);
    return line()?.message === 'call done';
  }

  #seen(): readonly LogLine[] {
    this.#log.push(...this.process.takeLog());
    return this.#log;
  }

  #takeLog(): LogLine[] {
    this.#seen();
    return this.#log.splice(0);
  }

  readonly #ask = (method: string, params: unknown): Promise<unknown> =>
    callJsonRpc({ socketPath: this.#paths.socket }, method, params);
}

function isRefusedUnread({ change, body }: FuzzRequest): boolean {
  return change.startsWith('HTTP ') && body.length > LONG_BODY;
}

/** Whether a number in it may mean more than a second. */
function waitsLong({ name }: CallSchema, { body }: FuzzRequest): boolean {
  if (name !== WAITING_CALL) return false;
  return [...body.matchAll(/(?<!["\d.\w-])\d+(?:\.\d+)?(?:e\d+)?/g)].some(
    ([text]) => Number(text) > 1 && Number(text) <= 3600,
  );
}
