/** What was found out about known holes in what is installed. */
export type AuditOutcome =
  | { readonly kind: 'answered'; readonly summary: string; readonly problems: readonly string[] }
  | { readonly kind: 'unanswered'; readonly reason: string };

interface Vulnerability {
  readonly severity: string;
  readonly range: string;
}

/** What `npm audit --json` prints: an answer, or what kept it from getting one. */
interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly message?: string;
}

const SERIOUS = ['high', 'critical'];

/** @param output of `npm audit --json` */
export function readAudit(output: string): AuditOutcome {
  const report = parse(output);
  if (report.vulnerabilities === undefined)
    return { kind: 'unanswered', reason: report.message ?? 'it said nothing' };
  const found = Object.entries(report.vulnerabilities);
  const serious = found.filter(([, { severity }]) => SERIOUS.includes(severity));
  return {
    kind: 'answered',
    summary: `${found.length} packages with known holes, ${serious.length} of them serious`,
    problems: serious.map(([name, { severity, range }]) => `${name} ${range}: ${severity}`),
  };
}

function parse(output: string): AuditReport {
  try {
    return JSON.parse(output) as AuditReport;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { message: output.trim().split('\n').at(-1) || 'it said nothing' };
  }
}
