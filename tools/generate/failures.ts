import type { CallSchemas, FailureSchema } from '../../src/rpc/schemas/call-schemas.js';

/** The TypeScript source of src/generated/failures.ts: the kinds of failures, and their codes over JSON-RPC. */
export function failureTable({ failures }: CallSchemas): string {
  const rows = [...failures].map(
    ([kind, { code, name, message }]) =>
      `${JSON.stringify(kind)}: ${JSON.stringify({ code, name, message })},`,
  );
  return `/* Generated from rpc-schema/errors.json by \`npm run generate\`; changes belong there. */

/** What a program can tell the failures of calls apart by. */
export type FailureKind = ${unionOf(failures, ({ from }) => from !== 'wire')};

/** The kinds that only the wires know, beside those of calls. */
export type WireFailureKind = ${unionOf(failures, ({ from }) => from === 'wire')};

/** One kind of failure over JSON-RPC. */
export interface JsonRpcErrorRow {
  readonly code: number;
  /** A word for programs and documents. */
  readonly name: string;
  /** What the code means; a failure of a call brings its own, more exact message. */
  readonly message: string;
}

/** Every code that a reply can carry. The codes are part of the interface: never change one, only add. */
export const JSON_RPC_ERRORS: Readonly<Record<FailureKind | WireFailureKind, JsonRpcErrorRow>> = {
${rows.join('\n')}
};
`;
}

/** The text of rpc-schema/call.schema.json, with the kinds that a call may name as its errors. */
export function callSchemaWithKinds(text: string, { failures }: CallSchemas): string {
  const kinds = kindsOf(failures, ({ from }) => from !== 'wire');
  const schema: unknown = JSON.parse(text, (key, value: unknown) =>
    key === 'kind' ? { ...(value as object), enum: kinds } : value,
  );
  return JSON.stringify(schema, undefined, 2);
}

type Failures = ReadonlyMap<string, FailureSchema>;

function kindsOf(failures: Failures, isWanted: (failure: FailureSchema) => boolean): string[] {
  return [...failures].filter(([, failure]) => isWanted(failure)).map(([kind]) => kind);
}

function unionOf(failures: Failures, isWanted: (failure: FailureSchema) => boolean): string {
  return kindsOf(failures, isWanted)
    .map((kind) => `'${kind}'`)
    .join(' | ');
}
