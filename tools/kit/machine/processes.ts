import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { sum } from '../../bench/report/statistics.js';

/** What some processes use of the memory. */
export interface Memory {
  /** What each of them has in memory, summed up: what they share is counted again and again. */
  readonly rssMiB: number;
  /** The same with what is shared divided among those who share it. */
  readonly pssMiB: number;
}

/** The kernel counts processor time in these; it has been 100 on every architecture of Debian for decades. */
const TICKS_PER_SECOND = 100;

/**
 * The PID that this machine gives to a process of a host.
 *
 * @param pidNamespace the link of the host's namespace, as in `/proc/self/ns/pid`
 * @param pid its PID there
 */
export function pidOnMachine(pidNamespace: string, pid: number): number {
  const found = allPids().find((candidate) => {
    const numbers = /^NSpid:(.*)$/m.exec(procText(candidate, 'status'))?.[1]?.trim().split(/\s+/);
    return Number(numbers?.at(-1)) === pid && linkOf(candidate, 'ns/pid') === pidNamespace;
  });
  if (found === undefined) throw new Error(`there is no process ${pid} in ${pidNamespace}`);
  return found;
}

/** A process and all that it has started, directly or not, and that still runs. */
export function familyOf(pid: number): number[] {
  return familyStats(pid).flatMap(([member, { isZombie }]) => (isZombie ? [] : [member]));
}

/** What a process and all that it has started have in memory now. */
export function familyMemory(pid: number): Memory {
  const texts = familyOf(pid).map((member) => procText(member, 'smaps_rollup'));
  const total = (field: string) =>
    sum(texts.map((text) => Number(new RegExp(`^${field}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0)));
  return { rssMiB: total('Rss') / 1024, pssMiB: total('Pss') / 1024 };
}

/** Seconds of processor time that a process has used, with its children that have ended and been waited for. */
export function processorSeconds(pid: number): number {
  const ticks = statOf(pid)?.ticks;
  if (ticks === undefined) throw new Error(`process ${pid} has ended`);
  return ticks / TICKS_PER_SECOND;
}

/** The same with all that it has started, directly or not, whether it still runs or has been waited for. */
export function familyProcessorSeconds(pid: number): number {
  return sum(familyStats(pid).map(([, { ticks }]) => ticks)) / TICKS_PER_SECOND;
}

/** Whether the process is there, and not only as a zombie that nobody has waited for yet. */
export function isAlive(pid: number): boolean {
  return statOf(pid)?.isZombie === false;
}

/** What a process has in memory now; 0 if it is gone. */
export function rssMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(procText(pid, 'status'))?.[1] ?? 0) / 1024;
}

/** Where the open files of a process lead to. @throws Error when the process is gone */
export function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((descriptor) => linkOf(pid, `fd/${descriptor}`));
}

export function allPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** A file of /proc/PID; empty if the process is gone. */
export function procText(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Where one of the links of /proc/PID leads; empty if the process is gone. */
export function linkOf(pid: number, link: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${link}`);
  } catch {
    return '';
  }
}

interface Stat {
  readonly parent: number;
  /** Whether it has ended, and has not been waited for. */
  readonly isZombie: boolean;
  /** Processor time, with that of the children which have been waited for. */
  readonly ticks: number;
}

/** @throws Error when the process itself is gone */
function familyStats(pid: number): [pid: number, stat: Stat][] {
  const stats = new Map(allPids().map((candidate) => [candidate, statOf(candidate)]));
  const head = stats.get(pid);
  if (head === undefined) throw new Error(`process ${pid} has ended`);
  const family: [number, Stat][] = [[pid, head]];
  for (const [member] of family)
    for (const [candidate, stat] of stats)
      if (stat?.parent === member) family.push([candidate, stat]);
  return family;
}

function statOf(pid: number): Stat | undefined {
  const text = procText(pid, 'stat');
  // The name before it may hold blanks and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  if (parent === undefined) return undefined;
  return {
    parent: Number(parent),
    isZombie: state === 'Z' || state === 'X',
    ticks: sum(fields.slice(11, 15).map(Number)),
  };
}
