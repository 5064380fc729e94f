import { stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { linesOf } from '../../base/text.js';
import { failAs } from '../../base/translate.js';
import { withLockedFile } from '../../system/file/file-lock.js';
import { readIfExists, replaceFile } from '../../system/file/files.js';
import { failWhenLocked } from './lock-failure.js';
import type { WhenMounted } from './mounted-files.js';

/** Names that cannot break out of their line. */
const NAME_PATTERN = /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/;
const FILE_MODE = 0o644;
/** How long another program may take that writes the same file. */
const LOCK_TIMEOUT_MS = 10_000;
const PERMISSION_BITS = 0o7777;

/** A line with an address: its names, and from the number sign on what people have written behind them. */
interface HostsEntry {
  readonly ip: string;
  readonly names: readonly string[];
  readonly comment: string;
}

/** The node's table of host names. */
export interface EtcHostsParts {
  readonly etcHosts: string;
  readonly whenMounted?: WhenMounted;
  readonly lockTimeoutMs?: number;
}

/**
 * Adds a host with its address, or removes one (Ganeti: backend.EtcHostsModify).
 *
 * Deviation: an address that is missing or too many is refused. Ganeti means to do that, but does not raise what it
 * makes.
 *
 * @throws RpcFailure
 */
export async function modifyEtcHosts(
  parts: EtcHostsParts,
  mode: 'add' | 'remove',
  host: string,
  ip: string | null,
): Promise<true> {
  const hasIp = ip !== null && ip !== '';
  if (mode === 'add' && !hasIp)
    throw new RpcFailure("Mode 'add' needs 'ip' parameter, but parameter not present");
  if (mode === 'remove' && hasIp)
    throw new RpcFailure("Mode 'remove' does not allow 'ip' parameter, but parameter is present");
  await (hasIp ? addHost(parts, host, ip) : removeHost(parts, host));
  return true;
}

/** Gives `ip` the name `host`, its short form, and no other (Ganeti: utils.AddHostToEtcHosts). */
async function addHost(parts: EtcHostsParts, host: string, ip: string): Promise<void> {
  checkName(host);
  if (isIP(ip) === 0) throw new RpcFailure(`Invalid IP address '${ip}'`);
  await changeFile(parts, (text) => withEntry(text, ip, host));
}

/** Takes `host` and its short form away from all addresses (Ganeti: utils.RemoveHostFromEtcHosts). */
async function removeHost(parts: EtcHostsParts, host: string): Promise<void> {
  checkName(host);
  await changeFile(parts, (text) => withoutNames(text, [host, shortName(host)]));
}

/** Owner and mode stay what they are. Nobody else who locks the file writes it meanwhile: an upload of it does. */
async function changeFile(
  { etcHosts: path, lockTimeoutMs = LOCK_TIMEOUT_MS, whenMounted }: EtcHostsParts,
  change: (text: string) => string,
): Promise<void> {
  await failAs(RpcFailure, `Can't change ${path}`, () =>
    failWhenLocked(() =>
      withLockedFile(path, { timeoutMs: lockTimeoutMs }, async () => {
        const text = (await readIfExists(path)) ?? '';
        const stats = await ignoring(['ENOENT'], stat(path));
        await replaceFile(path, change(text), {
          mode: (stats?.mode ?? FILE_MODE) & PERMISSION_BITS,
          owner: stats,
          whenMounted,
        });
      }),
    ),
  );
}

/**
 * `text` with one entry for `ip`, where the first one was or at the end (Ganeti: nodesetup.SetEtcHostsEntry).
 *
 * Deviation: comments behind a replaced entry are kept, and a last line without a line break does not swallow the entry.
 */
export function withEntry(text: string, ip: string, host: string): string {
  const names = [...new Set([host, shortName(host)])].join(' ');
  const lines = linesOf(text);
  const entries = lines.map(parseEntry);
  const first = entries.findIndex((entry) => entry?.ip === ip);
  const kept = lines.flatMap((line, index) => {
    if (index === first) return [`${ip}\t${names}${entries[first]?.comment ?? ''}`];
    return entries[index]?.ip === ip ? [] : [line];
  });
  return joined(first < 0 ? [...kept, `${ip}\t${names}`] : kept);
}

/**
 * `text` without the names; addresses that are left with none go too (Ganeti: nodesetup.RemoveEtcHostsEntry).
 *
 * Deviation: what is written in a comment is no name.
 */
export function withoutNames(text: string, unwanted: readonly string[]): string {
  const lines = linesOf(text).flatMap((line) => {
    const entry = parseEntry(line);
    if (!entry?.names.some((name) => unwanted.includes(name))) return [line];
    const names = entry.names.filter((name) => !unwanted.includes(name));
    return names.length === 0 ? [] : [`${entry.ip} ${names.join(' ')}${entry.comment}`];
  });
  return joined(lines);
}

function parseEntry(line: string): HostsEntry | undefined {
  const commentStart = line.indexOf('#');
  const body = commentStart < 0 ? line : line.slice(0, commentStart);
  const [ip, ...names] = body.split(/\s+/).filter(Boolean);
  if (ip === undefined) return undefined;
  return { ip, names, comment: commentStart < 0 ? '' : ` ${line.slice(commentStart)}` };
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function shortName(host: string): string {
  return host.split('.')[0] ?? host;
}

function checkName(host: string): void {
  if (!NAME_PATTERN.test(host)) throw new RpcFailure(`Invalid host name '${host}'`);
}
