#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

const DEFAULT_SOCKET = '/var/run/ganeti/chroot-noded.sock';
const USAGE = `Usage: chroot-nodectl [options] call METHOD [PARAMS]
       chroot-nodectl [options] list
       chroot-nodectl [options] describe METHOD
       chroot-nodectl [--state-dir DIR] [--config FILE] [--json] doctor

Client of chroot-noded.

Commands:
  call      Call METHOD and print the result as JSON. PARAMS is JSON: an array in Ganeti's order, or (with JSON-RPC only)
            an object with the parameters by name. "-" reads PARAMS from standard input.
  list      List the calls of the daemon.
  describe  Show the parameters and the result of METHOD, as JSON Schema.
  doctor    Check whether chroots can run on this machine, and explain how to fix problems. Needs no running daemon.

Options:
  --state-dir DIR    The daemon's --state-dir: where to find its Unix socket or, with doctor, all of its files
  --socket PATH      Unix socket of the daemon (default: ${DEFAULT_SOCKET})
  --url URL          Connect to https://host:1811 or http://127.0.0.1:1811 instead of a Unix socket
  --cert FILE        Client certificate and its key, in one file, such as Ganeti's client.pem
  --cacert FILE      Certificate that must have signed the server's certificate (default: do not verify the server)
  --wire NAME        Protocol: json-rpc (default), or ganeti, which requires --url
  --timeout SECONDS  How long to wait for the answer (default: 900)
  --config FILE      With doctor: configuration file of the daemon
  --json             With doctor: print JSON
  -h, --help         Show this help and exit

Exit status of call, list and describe: 0 for success, 1 if the call failed, 2 for any other error.
Exit status of doctor: 0 if chroots can run, 1 if something is missing, 2 for any other error.
`;

const EXIT_CALL_FAILED = 1;
const EXIT_TROUBLE = 2;
/** The HTTP status of a call that an overloaded daemon rejects. */
const TOO_BUSY = 503;

/** An error of the call, as the daemon reported it. */
class CallError extends Error {
  override readonly name = 'CallError';
}

/** How the daemon is reached. */
interface Target {
  readonly url: URL | undefined;
  readonly options: RequestOptions;
  readonly timeoutMs: number;
}

interface OpenRpcMethod {
  readonly name: string;
  readonly summary: string;
}

/** What is to be printed. */
async function main(): Promise<string> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'state-dir': { type: 'string' },
      socket: { type: 'string' },
      url: { type: 'string' },
      cert: { type: 'string' },
      cacert: { type: 'string' },
      wire: { type: 'string', default: 'json-rpc' },
      timeout: { type: 'string', default: '900' },
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return USAGE;
  const [command, method, params] = positionals;
  if (command === 'doctor' && method === undefined) return doctor(values);
  if (values.json || values.config !== undefined)
    throw new Error('--json and --config are only allowed with doctor');
  const target = targetOf({ ...values, stateDir: values['state-dir'] });
  if (command === 'list' && method === undefined) return listing(await methods(target));
  if (command === 'describe' && method !== undefined) return pretty(await describe(target, method));
  if (command !== 'call' || method === undefined || positionals.length > 3)
    throw new Error(`unknown command or wrong number of arguments\n${USAGE}`);
  const parsed = params === undefined ? [] : parsedParams(params);
  if (values.wire === 'ganeti') return pretty(await callGaneti(target, method, parsed));
  if (values.wire !== 'json-rpc') throw new Error(`--wire takes json-rpc or ganeti`);
  return pretty(await callJsonRpc(target, method, parsed));
}

/** Only it needs more than Node.js itself. */
async function doctor(values: {
  'state-dir'?: string;
  config?: string;
  json: boolean;
}): Promise<string> {
  const { runDoctor } = await import('./doctor/doctor.js');
  const { report, canRunChroots } = await runDoctor({
    stateDir: values['state-dir'],
    configFile: values.config,
    isJson: values.json,
  });
  if (!canRunChroots) process.exitCode = EXIT_CALL_FAILED;
  return report;
}

function pretty(result: unknown): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

function targetOf(values: {
  stateDir: string | undefined;
  socket?: string;
  url?: string;
  cert?: string;
  cacert?: string;
  timeout: string;
}): Target {
  const timeoutMs = Number(values.timeout) * 1000;
  if (!(timeoutMs > 0)) throw new Error(`--timeout takes a positive number of seconds`);
  if (values.url === undefined)
    return { url: undefined, options: { socketPath: socketOf(values) }, timeoutMs };
  const pem = values.cert === undefined ? undefined : readFileSync(values.cert);
  const ca = values.cacert === undefined ? undefined : readFileSync(values.cacert);
  const tls = {
    ...(pem === undefined ? {} : { key: pem, cert: pem }),
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
    // Ganeti's certificates carry the cluster's name, not the node's.
    checkServerIdentity: () => undefined,
  };
  return { url: new URL(values.url), options: tls, timeoutMs };
}

function socketOf({ stateDir, socket }: { stateDir: string | undefined; socket?: string }): string {
  if (socket !== undefined) return socket;
  return stateDir === undefined ? DEFAULT_SOCKET : join(stateDir, 'run', basename(DEFAULT_SOCKET));
}

function parsedParams(argument: string): unknown {
  try {
    return JSON.parse(argument === '-' ? readFileSync(0, 'utf8') : argument);
  } catch (error) {
    throw new Error(`PARAMS is not valid JSON: ${messageOf(error)}`, { cause: error });
  }
}

async function callGaneti(target: Target, method: string, params: unknown): Promise<unknown> {
  if (target.url === undefined) throw new Error('--wire ganeti requires --url');
  const { status, body } = await post(target, `/${encodeURIComponent(method)}`, params);
  if (status === 404) throw new CallError(`unknown call ${method}`);
  if (status === TOO_BUSY) throw new CallError('the daemon is overloaded; try again later');
  if (status !== 200) throw new CallError(`HTTP status ${status}`);
  const [isSuccess, payload] = JSON.parse(body) as [boolean, unknown];
  if (!isSuccess) throw new CallError(String(payload));
  return payload;
}

async function callJsonRpc(target: Target, method: string, params: unknown): Promise<unknown> {
  const message = { jsonrpc: '2.0', id: 1, method, params };
  const { status, body } = await post(target, '/jsonrpc', message);
  // The body says why then, too.
  if (status !== 200 && status !== TOO_BUSY) throw new CallError(`HTTP status ${status}`);
  const reply = JSON.parse(body) as { result?: unknown; error?: { message: string } };
  if (reply.error !== undefined) throw new CallError(JSON.stringify(reply.error, null, 2));
  return reply.result;
}

async function methods(target: Target): Promise<OpenRpcMethod[]> {
  const document = await callJsonRpc(target, 'rpc.discover', []);
  return (document as { methods: OpenRpcMethod[] }).methods;
}

function listing(all: readonly OpenRpcMethod[]): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  return all.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}\n`).join('');
}

async function describe(target: Target, name: string): Promise<OpenRpcMethod> {
  const found = (await methods(target)).find((method) => method.name === name);
  if (found === undefined) throw new CallError(`unknown call ${name}`);
  return found;
}

async function post(
  { url, options, timeoutMs }: Target,
  path: string,
  message: unknown,
): Promise<{ status: number; body: string }> {
  const start = url?.protocol === 'https:' ? httpsRequest : httpRequest;
  const address = url === undefined ? {} : { host: url.hostname, port: url.port || 1811 };
  const body = JSON.stringify(message);
  return new Promise((resolve, reject) => {
    const request = start({
      ...options,
      ...address,
      path,
      method: 'POST',
      agent: false,
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
    });
    request.setTimeout(timeoutMs, () =>
      request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(troubleOf(error), { cause: error }));
    });
    request.on('response', (response) => {
      text(response).then((received) => {
        resolve({ status: response.statusCode ?? 0, body: received });
      }, reject);
    });
    request.end(body);
  });
}

/** Says what a person may do about it. */
function troubleOf({ code = '', message }: NodeJS.ErrnoException): string {
  if (['ENOENT', 'ECONNREFUSED'].includes(code))
    return `${message}: no daemon listens there (see --state-dir, --socket and --url)`;
  if (code === 'ECONNRESET')
    return `${message}: the daemon closed the connection; if it rejected the certificate, its log says so`;
  return message;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  process.stdout.write(await main());
} catch (error) {
  process.stderr.write(`chroot-nodectl: ${messageOf(error)}\n`);
  process.exitCode = error instanceof CallError ? EXIT_CALL_FAILED : EXIT_TROUBLE;
}
