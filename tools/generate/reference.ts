import type { CallSchema, CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import type { JsonSchema } from '../../src/rpc/schemas/json-schema.js';
import { typeText } from './type-text.js';

/** The reference page, docs/reference.md: the contents of rpc-schema and the error codes. */
export function referencePage(schemas: CallSchemas): string {
  const calls = schemas.names().flatMap((name) => schemas.get(name) ?? []);
  return [
    INTRODUCTION,
    '## Calls',
    ...calls.map((call) => callSection(schemas, call)),
    '## Objects',
    'Objects from the master may have more members than are listed here; the daemon ignores them.',
    ...[...schemas.objects.values()].sort(byTitle).map((object) => objectSection(schemas, object)),
    '## Errors',
    "Over JSON-RPC, an error has a code, and its kind in `data.kind`. On Ganeti's wire, an error is only a message.",
    errorsSection(schemas),
  ].join('\n\n');
}

const INTRODUCTION = `<!-- Generated from rpc-schema by \`npm run generate\`; changes belong there. -->

# Reference

Every call, object and error of the daemon. Over JSON-RPC 2.0 parameters may be sent in order or by name; on Ganeti's
wire they are sent in order. Types are not converted: \`"60"\` is not a number. Programs get the same information as an
OpenRPC document from \`rpc.discover\`.`;

function callSection(schemas: CallSchemas, call: CallSchema): string {
  return [
    `### ${call.name}`,
    [call.summary, call.description].filter(Boolean).join(' '),
    `${call.changes ? 'Changes the node.' : 'Changes nothing.'} Source: ${call.source}.`,
    parametersTable(schemas, call),
    `**Result** (${typeText(schemas, call.result.schema)}): ${call.result.description}`,
    call.errors.map(({ kind, when }) => `- Error \`${kind}\`: ${when}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function parametersTable(schemas: CallSchemas, { params }: CallSchema): string {
  if (params.length === 0) return 'No parameters.';
  return table(
    ['Parameter', 'Type', 'Meaning'],
    params.map(({ name, schema, description, optional }) => [
      `\`${name}\``,
      typeText(schemas, schema),
      `${description}${optional ? ' Optional.' : ''}`,
    ]),
  );
}

function objectSection(schemas: CallSchemas, object: JsonSchema): string {
  const members = Object.entries((object['properties'] ?? {}) as Record<string, JsonSchema>);
  const heading = `### ${String(object['title'])}\n\n${String(object['description'])}`;
  if (members.length === 0) return `${heading}\n\nType: ${typeText(schemas, object)}.`;
  const required = (object['required'] ?? []) as string[];
  const rows = members.map(([name, schema]) => [
    `\`${name}\``,
    typeText(schemas, schema),
    required.includes(name) ? 'yes' : '',
    (schema['description'] ?? '') as string,
  ]);
  return `${heading}\n\n${table(['Member', 'Type', 'Required', 'Meaning'], rows)}`;
}

function errorsSection({ failures }: CallSchemas): string {
  const rows = [...failures].map(([kind, { code, description, from }]) => [
    `\`${kind}\``,
    String(code),
    description,
    from === 'some calls' ? 'see the calls' : 'any request',
  ]);
  return table(['Kind', 'Code', 'Meaning', 'From'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function byTitle(one: JsonSchema, other: JsonSchema): number {
  return String(one['title']) < String(other['title']) ? -1 : 1;
}
