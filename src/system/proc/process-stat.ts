import { readFileSync } from 'node:fs';
import { attemptToRead } from './proc-files.js';

/** USER_HZ, which is the same on all architectures of Debian. */
const TICKS_PER_SECOND = 100;
const INIT = 1;

/** Tells a process from others that had its PID, or get it later. */
export interface ProcessStat {
  readonly parent: number;
  /** When it was started, in clock ticks since the boot. */
  readonly startTicks: number;
}

/** Undefined when there is no such process. */
export function processStat(pid: number): ProcessStat | undefined {
  const text = attemptToRead(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (text === undefined) return undefined;
  // The name of the program comes before, and may have anything in it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[1]), startTicks: Number(fields[19]) };
}

/** Clock ticks since the boot. */
export function uptimeTicks(): number {
  return Math.floor(uptimeSeconds() * TICKS_PER_SECOND);
}

/** Seconds since the boot, to the tick. */
export function uptimeSeconds(): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'latin1'));
}

/** A moment that was noted in milliseconds, in ticks. */
export function ticksOf(milliseconds: number): number {
  return Math.floor((milliseconds * TICKS_PER_SECOND) / 1000);
}

/** This process, those that it descends from, and the one that gets all orphans. */
export function ownLineage(): ReadonlySet<number> {
  const lineage = new Set([INIT]);
  for (let pid = process.pid; pid > 0 && !lineage.has(pid); pid = processStat(pid)?.parent ?? 0)
    lineage.add(pid);
  return lineage;
}
