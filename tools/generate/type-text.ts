import type { CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import { type JsonSchema, referencedObject } from '../../src/rpc/schemas/json-schema.js';

/** The keywords that narrow a type, and how a reader is told of them. */
const LIMITS: readonly (readonly [keyword: string, text: string])[] = [
  ['minimum', 'at least'],
  ['maximum', 'at most'],
  ['maxLength', 'length at most'],
];

/** A type in words, for the reference page: objects become links, limits follow in brackets. */
export function typeText(schemas: CallSchemas, schema: JsonSchema): string {
  const object = referencedObject(schema);
  if (object !== undefined) return linkTo(schemas, object);
  for (const branches of [schema['anyOf'], [schema['then'], schema['else']]])
    if (isSchemas(branches)) return branches.map((one) => typeText(schemas, one)).join(' or ');
  if ('const' in schema) return code(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map(code).join(' or ');
  return typesOf(schema)
    .map((type) => oneType(schemas, type, schema))
    .join(' or ');
}

function oneType(schemas: CallSchemas, type: string, schema: JsonSchema): string {
  if (type === 'array') return arrayText(schemas, schema);
  if (type === 'object') return objectText(schemas, schema);
  return type === 'null' ? type : type + limitsText(schema);
}

function arrayText(schemas: CallSchemas, { prefixItems, items }: JsonSchema): string {
  if (isSchemas(prefixItems))
    return `array: ${prefixItems.map((item) => typeText(schemas, item)).join(', ')}`;
  return isSchema(items) && Object.keys(items).length > 0
    ? `array of ${typeText(schemas, items)}`
    : 'array';
}

function objectText(schemas: CallSchemas, schema: JsonSchema): string {
  if (schema['maxProperties'] === 0) return 'empty object';
  const values = schema['additionalProperties'];
  return isSchema(values) ? `object of ${typeText(schemas, values)} by name` : 'object';
}

function limitsText(schema: JsonSchema): string {
  const limits = LIMITS.filter(([keyword]) => keyword in schema).map(
    ([keyword, text]) => `${text} ${String(schema[keyword])}`,
  );
  if (typeof schema['pattern'] === 'string') limits.push(`matching \`${schema['pattern']}\``);
  return limits.length > 0 ? ` (${limits.join(', ')})` : '';
}

function typesOf({ type }: JsonSchema): string[] {
  if (type === undefined) return ['anything'];
  return Array.isArray(type) ? type.map(String) : [type as string];
}

function linkTo(schemas: CallSchemas, object: string): string {
  const title = String(schemas.objects.get(object)?.['title']);
  return `[${title}](#${title.toLowerCase()})`;
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSchemas(value: unknown): value is JsonSchema[] {
  return Array.isArray(value) && value.every(isSchema);
}
