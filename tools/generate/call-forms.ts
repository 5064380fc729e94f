import type { CallSchemas } from '../../src/rpc/schemas/call-schemas.js';

/** The TypeScript source of src/generated/call-forms.ts: what a client needs to know to send each call. */
export function callForms(schemas: CallSchemas): string {
  const rows = schemas
    .names()
    .flatMap((name) => schemas.get(name) ?? [])
    .map(({ name, params, body, changes }) => {
      const names = params.map((param) => param.name);
      return `${name}: ${JSON.stringify({ params: names, body, changes })},`;
    });
  return `/* Generated from rpc-schema by \`npm run generate\`; changes belong there. */

import type { CallName } from './calls.js';

/** What a client needs to know to send a call. */
export interface CallForm {
  /** The names of the parameters, in order. */
  readonly params: readonly string[];
  /** The body on Ganeti's wire: an array of the parameters, or the only parameter itself. */
  readonly body: 'array' | 'whole';
  /** Whether the call changes anything on the node. */
  readonly changes: boolean;
}

/** The form of every call. */
export const CALL_FORMS = {
${rows.join('\n')}
} as const satisfies Record<CallName, CallForm>;
`;
}
