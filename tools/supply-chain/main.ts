/**
 * Checks what of others is in here: that only what was tested can be installed, that its licences allow it, that each
 * package is accounted for in docs/dependencies.md, and that no serious holes are known in it. Fails if one is not so.
 */
import { execFile } from 'node:child_process';
import { packageRoot } from '../../src/base/package-root.js';
import { readAudit } from './audit.js';
import { type Check, checkProject } from './project.js';

const AUDIT_TIMEOUT_MS = 60_000;
const root = packageRoot();

let problemCount = 0;
for (const check of [...(await checkProject(root)), await auditCheck()]) report(check);
if (problemCount > 0) process.exitCode = 1;

/** Asks the registry, which not every network lets us do: that is said, and is no failure. */
async function auditCheck(): Promise<Check> {
  const title = 'known holes';
  const outcome = readAudit(await auditOutput());
  if (outcome.kind === 'answered') return { title, ...outcome };
  const summary = `NOT CHECKED, the registry does not answer: ${outcome.reason}`;
  return { title, summary, problems: [] };
}

/** Its exit status says the same as its output does. */
function auditOutput(): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: AUDIT_TIMEOUT_MS };
    execFile('npm', ['audit', '--omit=dev', '--json'], options, (_error, stdout) => {
      resolve(stdout);
    });
  });
}

function report({ title, summary, problems }: Check): void {
  process.stdout.write(`${title}: ${summary}\n`);
  for (const problem of problems) process.stdout.write(`  FAILED: ${problem}\n`);
  problemCount += problems.length;
}
