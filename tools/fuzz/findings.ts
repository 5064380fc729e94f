import type { Finding } from './campaign.js';

/** What was found in words, with the request and the command that shows it again. */
export function describeFinding(finding: Finding, seed: number): string {
  const { call, what, request, path } = finding;
  if (request === undefined) return `${call}: ${what}\n  scripts/fuzz --seed ${seed}`;
  const again = `  scripts/fuzz --seed ${seed} --calls ${call}${path === undefined ? '' : ` --path ${path}`}`;
  if ('pieces' in request)
    return [`${call}: ${what}`, `  ${JSON.stringify(request)}`, again].join('\n');
  const { method, path: url, headers, body, wire } = request;
  return [
    `${call}: ${what}`,
    `  ${wire}: ${method} ${url} ${JSON.stringify(headers)}`,
    `  ${JSON.stringify(body)}`,
    again,
  ].join('\n');
}
