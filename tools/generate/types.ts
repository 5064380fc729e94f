import { compile } from 'json-schema-to-typescript';
import type { CallSchema, CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import {
  type JsonSchema,
  mapSchema,
  referencedObject,
  tuplesOfDraft7,
  without,
  withoutConditions,
} from '../../src/rpc/schemas/json-schema.js';

const HEADER = '/* Generated from rpc-schema by `npm run generate`; changes belong there. */\n\n';

/** What the type compiler makes of an object whose only member, `value`, has the type in question. */
const HOLDER = /^export interface Holder \{\s*(?:\/\*\*.*?\*\/\s*)?value: (.*?);?\s*\}\s*$/s;

/** The TypeScript source of src/generated/objects.ts: a type for each object. */
export async function objectTypes(schemas: CallSchemas): Promise<string> {
  const names = typeNames(schemas);
  const types: [name: string, declaration: string][] = [];
  for (const [file, schema] of schemas.objects) {
    const name = typeName(names, file);
    types.push([name, await declarationOf(name, forTypes(schema, names))]);
  }
  const sorted = types.sort(([one], [other]) => (one < other ? -1 : 1));
  return HEADER + sorted.map(([, declaration]) => declaration).join('\n');
}

/** The TypeScript source of src/generated/calls.ts: parameters and result of each call. */
export async function callTypes(schemas: CallSchemas): Promise<string> {
  const names = typeNames(schemas);
  const members: string[] = [];
  for (const name of schemas.names()) {
    const call = schemas.get(name);
    if (call) members.push(await callMember(call, names));
  }
  const body = members.join('\n');
  return `${HEADER}${importsFor(body, names)}

/** Every call that is served: its parameters in order, and its result. */
export interface Calls {
${body}
}

/** The name of a call that is served. */
export type CallName = keyof Calls;
`;
}

/** Names of the types by the file of the object: `hvparams-chroot` is a `ChrootHvparams`. */
function typeNames(schemas: CallSchemas): ReadonlyMap<string, string> {
  const names = new Map([...schemas.objects].map(([file, { title }]) => [file, String(title)]));
  if (new Set(names.values()).size !== names.size)
    throw new Error('Two objects in rpc-schema have the same title');
  return names;
}

function typeName(names: ReadonlyMap<string, string>, file: string): string {
  const name = names.get(file);
  if (name === undefined) throw new Error(`rpc-schema has no object ${file}`);
  return name;
}

async function callMember(call: CallSchema, names: ReadonlyMap<string, string>): Promise<string> {
  const params: string[] = [];
  for (const { name, optional, schema } of call.params)
    params.push(`${name}${optional ? '?' : ''}: ${await expressionOf(schema, names)}`);
  const result = await expressionOf(call.result.schema, names);
  return `/** ${call.summary} */
${call.name}: { params: [${params.join(', ')}]; result: ${result} };`;
}

/** The type of a schema, written out where it stands. */
async function expressionOf(
  schema: JsonSchema,
  names: ReadonlyMap<string, string>,
): Promise<string> {
  const holder = {
    type: 'object',
    properties: { value: forTypes(without('description', schema), names) },
    required: ['value'],
    additionalProperties: false,
  };
  const declaration = await declarationOf('Holder', holder);
  const expression = HOLDER.exec(declaration)?.[1];
  if (expression === undefined) throw new Error(`No type expression in ${declaration}`);
  return expression;
}

function declarationOf(title: string, schema: JsonSchema): Promise<string> {
  return compile({ ...schema, title }, title, {
    bannerComment: '',
    format: false,
    additionalProperties: true,
  });
}

/**
 * Rewrites what the type compiler does not know. References become bare names, so that each object is declared once,
 * whichever schema refers to it.
 */
function forTypes(schema: JsonSchema, names: ReadonlyMap<string, string>): JsonSchema {
  return mapSchema(schema, (node) => {
    const object = referencedObject(node);
    if (object !== undefined) return { ...without('$ref', node), tsType: typeName(names, object) };
    if (node['maxProperties'] === 0) return { tsType: 'Record<string, never>' };
    if (Object.keys(node).length === 0) return { tsType: 'unknown' };
    return tuplesOfDraft7(withoutConditions(node));
  });
}

function importsFor(body: string, names: ReadonlyMap<string, string>): string {
  const used = [...names.values()].filter((name) => new RegExp(`\\b${name}\\b`).test(body)).sort();
  return `import type { ${used.join(', ')} } from './objects.js';`;
}
