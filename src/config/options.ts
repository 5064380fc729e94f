import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NODED_PORT } from '../base/constants.js';
import { messageOf } from '../base/errors.js';

/** A mistake in the command line or the configuration; the message is for the person who starts the daemon. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command line: ganeti-noded(8)'s options, and `--config`, `--state-dir`, `--log-format`. Paths are absolute. */
export interface NodedOptions {
  readonly isForeground: boolean;
  readonly isDebug: boolean;
  readonly syslog: 'no' | 'yes' | 'only';
  readonly port: number;
  readonly bindAddress: string | undefined;
  readonly bindInterface: string | undefined;
  readonly hasSsl: boolean;
  readonly sslKey: string | undefined;
  readonly sslCert: string | undefined;
  readonly maxClients: number | undefined;
  readonly configFile: string | undefined;
  readonly stateDir: string | undefined;
  readonly logFormat: 'text' | 'json' | undefined;
  readonly isVersion: boolean;
  readonly isHelp: boolean;
}

export const USAGE = `Usage: chroot-noded [options]

Options of ganeti-noded(8):
  -f, --foreground        Stay in the foreground: do not detach from the terminal
  -d, --debug             Log debug messages
  --syslog MODE           Log to syslog: no (default), yes, or only
  -p, --port PORT         TCP port to listen on (default: ${NODED_PORT})
  -b, --bind ADDRESS      IP address to listen on (default: all of them; with --no-ssl 127.0.0.1 or ::1)
  -i, --interface NAME    Network interface whose address to listen on instead: IPv6 if the cluster's nodes have IPv6
  --no-ssl                Use HTTP without SSL; allowed on loopback addresses only
  -K, --ssl-key FILE      File with the SSL key (default: server.pem of the cluster)
  -C, --ssl-cert FILE     File with the SSL certificate (default: server.pem of the cluster)
  --no-mlock              Ignored, since the daemon never locks its memory
  --max-clients N         Maximum number of calls that run at the same time
  --version               Show the version and exit

Options of chroot-noded:
  --config FILE           Configuration file (default: chroot-noded.json in Ganeti's configuration directory, if it exists)
  --state-dir DIR         Keep all files below DIR, to run without a Ganeti installation
  --log-format FORMAT     Format of the log: text (default) or json
  -h, --help              Show this help and exit
`;

/**
 * Relative paths are taken from the working directory.
 *
 * @throws UsageError
 */
export function parseOptions(args: readonly string[]): NodedOptions {
  const { values, positionals } = parse(args);
  // An unset shell variable leaves an empty value: an empty state directory would be the current directory.
  for (const [name, value] of Object.entries(values))
    if (value === '') throw new UsageError(`--${name} requires a non-empty value`);
  if (positionals.length > 0)
    throw new UsageError(`chroot-noded takes no arguments, but got '${positionals.join(' ')}'`);
  if (values.bind !== undefined && values.interface !== undefined)
    throw new UsageError(
      `Can't specify both, bind address (${values.bind}) and bind interface (${values.interface})`,
    );
  const maxClients = values['max-clients'];
  return {
    isForeground: values.foreground,
    isDebug: values.debug,
    syslog: oneOf('syslog', values.syslog, ['no', 'yes', 'only']) ?? 'no',
    port: integer('port', values.port, { least: 0, most: 65_535 }),
    bindAddress: values.bind,
    bindInterface: values.interface,
    hasSsl: !values['no-ssl'],
    sslKey: absolute(values['ssl-key']),
    sslCert: absolute(values['ssl-cert']),
    maxClients:
      maxClients === undefined
        ? undefined
        : integer('max-clients', maxClients, { least: 1, most: 65_535 }),
    configFile: absolute(values.config),
    stateDir: absolute(values['state-dir']),
    logFormat: oneOf('log-format', values['log-format'], ['text', 'json']),
    isVersion: values.version,
    isHelp: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        foreground: { type: 'boolean', short: 'f', default: false },
        debug: { type: 'boolean', short: 'd', default: false },
        syslog: { type: 'string' },
        port: { type: 'string', short: 'p', default: String(NODED_PORT) },
        bind: { type: 'string', short: 'b' },
        interface: { type: 'string', short: 'i' },
        'no-ssl': { type: 'boolean', default: false },
        'ssl-key': { type: 'string', short: 'K' },
        'ssl-cert': { type: 'string', short: 'C' },
        // Deviation: V8 aborts when the memory of its process is locked.
        'no-mlock': { type: 'boolean', default: false },
        'max-clients': { type: 'string' },
        config: { type: 'string' },
        'state-dir': { type: 'string' },
        'log-format': { type: 'string' },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

function oneOf<const T extends string>(
  option: string,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw new UsageError(`--${option} takes one of ${allowed.join(', ')}, not '${value}'`);
  return found;
}

function integer(
  option: string,
  value: string,
  { least, most }: { least: number; most: number },
): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most)
    throw new UsageError(`--${option} takes a number from ${least} to ${most}, not '${value}'`);
  return number;
}
