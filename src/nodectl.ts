#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from './base/errors.js';
import { CallError, Client, JsonRpcError, TransportError, type WireName } from './client/client.js';
import { parseExactly, stringifyExactly } from './client/exact-json.js';
import { JSON_RPC_ERRORS } from './generated/failures.js';

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

const UNKNOWN_CALL = 'unknown-call';
const EXIT_CALL_FAILED = 1;
const EXIT_TROUBLE = 2;

/** How the daemon is reached. */
interface Options {
  readonly stateDir: string | undefined;
  readonly socket?: string;
  readonly url?: string;
  readonly cert?: string;
  readonly cacert?: string;
  readonly wire: string;
  readonly timeout: string;
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
  const options = { ...values, stateDir: values['state-dir'] };
  if (command === 'list' && method === undefined) return listing(await methods(options));
  if (command === 'describe' && method !== undefined)
    return pretty(await describe(options, method));
  if (command !== 'call' || method === undefined || positionals.length > 3)
    throw new Error(`unknown command or wrong number of arguments\n${USAGE}`);
  const parsed = params === undefined ? [] : parsedParams(params);
  return pretty(await clientOf(options, wireOf(options)).request(method, parsed));
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
  return `${stringifyExactly(result, 2)}\n`;
}

function wireOf({ wire, url }: Pick<Options, 'wire' | 'url'>): WireName {
  if (wire !== 'json-rpc' && wire !== 'ganeti') throw new Error('--wire takes json-rpc or ganeti');
  if (wire === 'ganeti' && url === undefined) throw new Error('--wire ganeti requires --url');
  return wire;
}

function clientOf(options: Options, wire: WireName = 'json-rpc'): Client {
  const timeoutMs = Number(options.timeout) * 1000;
  if (!(timeoutMs > 0)) throw new Error('--timeout takes a positive number of seconds');
  const { url, cert, cacert } = options;
  const common = { timeoutMs, keepAlive: false };
  if (url === undefined) return new Client({ ...common, socketPath: socketOf(options) });
  return new Client({
    ...common,
    url,
    wire,
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(cacert === undefined ? { rejectUnauthorized: false } : { ca: readFileSync(cacert) }),
  });
}

function socketOf({ stateDir, socket }: Pick<Options, 'stateDir' | 'socket'>): string {
  if (socket !== undefined) return socket;
  return stateDir === undefined ? DEFAULT_SOCKET : join(stateDir, 'run', basename(DEFAULT_SOCKET));
}

function parsedParams(argument: string): unknown {
  try {
    return parseExactly(argument === '-' ? readFileSync(0, 'utf8') : argument);
  } catch (error) {
    throw new Error(`PARAMS is not valid JSON: ${explanationOf(error)}`, { cause: error });
  }
}

async function methods(options: Options): Promise<OpenRpcMethod[]> {
  const document = await clientOf(options).request('rpc.discover');
  return (document as { methods: OpenRpcMethod[] }).methods;
}

function listing(all: readonly OpenRpcMethod[]): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  return all.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}\n`).join('');
}

async function describe(options: Options, name: string): Promise<OpenRpcMethod> {
  const found = (await methods(options)).find((method) => method.name === name);
  if (found === undefined)
    throw new CallError(`unknown call ${name}`, {
      code: JSON_RPC_ERRORS[UNKNOWN_CALL].code,
      kind: UNKNOWN_CALL,
    });
  return found;
}

function explanationOf(error: unknown): string {
  if (error instanceof JsonRpcError) {
    const { code, message, data } = error;
    return stringifyExactly({ code, message, data }, 2);
  }
  if (error instanceof TransportError) return `${error.message}${adviceOn(error.code)}`;
  return messageOf(error);
}

/** Tells what to do about it. */
function adviceOn(code: string): string {
  if (['ENOENT', 'ECONNREFUSED'].includes(code))
    return ': no daemon listens there (see --state-dir, --socket and --url)';
  if (code === 'ECONNRESET')
    return ': the daemon closed the connection; if it rejected the certificate, its log says so';
  return '';
}

try {
  process.stdout.write(await main());
} catch (error) {
  process.stderr.write(`chroot-nodectl: ${explanationOf(error)}\n`);
  process.exitCode = error instanceof CallError ? EXIT_CALL_FAILED : EXIT_TROUBLE;
}
