import { canRunChroots } from './examine.js';
import type { Finding } from './finding.js';

/** For people: a line for each check, and one that sums it up. */
export function textReport(findings: readonly Finding[]): string {
  const statusWidth = widest(findings.map(({ status }) => status));
  const checkWidth = widest(findings.map(({ check }) => check));
  const lines = findings.map(({ check, status, found, advice }) => {
    const what = advice === undefined ? found : `${found}. What to do: ${advice}`;
    return `${status.padEnd(statusWidth)}  ${check.padEnd(checkWidth)}  ${what}`;
  });
  return [...lines, '', summary(findings), ''].join('\n');
}

/** For programs. */
export function jsonReport(findings: readonly Finding[]): string {
  return `${JSON.stringify({ canRunChroots: canRunChroots(findings), findings }, null, 2)}\n`;
}

function summary(findings: readonly Finding[]): string {
  const count = findings.filter(({ status }) => status === 'missing').length;
  if (count === 0) return 'Chroots can run here.';
  const what = count === 1 ? 'one thing is' : `${count} things are`;
  return `Chroots can't run here: ${what} missing. Instances of the fake hypervisor can.`;
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length));
}
