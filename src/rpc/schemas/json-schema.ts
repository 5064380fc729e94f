/** A JSON Schema, draft 2020-12: what the files below rpc-schema hold. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const IDENTIFIER = /^\w+$/;

/**
 * Rebuilds a schema from the inside out, giving each object in it to `change`.
 *
 * Objects which only hold schemas by name (such as `properties`) pass through `change` too: it should go by the
 * keywords it looks for.
 */
export function mapSchema(
  schema: JsonSchema,
  change: (node: JsonSchema) => JsonSchema,
): JsonSchema {
  const mapValue = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(mapValue);
    return isSchemaObject(value) ? mapSchema(value, change) : value;
  };
  return change(
    Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, mapValue(value)])),
  );
}

/** The object schema a `$ref` leads to: `instance` for `../objects/instance.json`. */
export function referencedObject(node: JsonSchema): string | undefined {
  const reference = node['$ref'];
  if (typeof reference !== 'string') return undefined;
  return /([^/]+)\.json$/.exec(reference)?.[1];
}

/**
 * Writes tuples as draft 7 does. OpenRPC documents are bound to that draft, and so are most programs that read schemas.
 */
export function tuplesOfDraft7(node: JsonSchema): JsonSchema {
  if (!Array.isArray(node['prefixItems'])) return node;
  const { prefixItems, items, ...rest } = node;
  return { ...rest, items: prefixItems, additionalItems: items ?? true };
}

/**
 * Replaces conditions, which few programs that read schemas know. A condition with an `else` becomes two alternatives; one
 * without is left out.
 */
export function withoutConditions(node: JsonSchema): JsonSchema {
  if (isConditions(node['allOf'])) return without('allOf', node);
  if (!('then' in node && 'else' in node)) return node;
  const { then, else: otherwise, ...rest } = without('if', node);
  return { ...rest, anyOf: [then, otherwise] };
}

/** Writes a list of types as alternatives. */
export function withoutTypeLists(node: JsonSchema): JsonSchema {
  const { type: types, description, ...rest } = node;
  if (!Array.isArray(types)) return node;
  const branches = types.map((type: unknown) => (type === 'null' ? { type } : { ...rest, type }));
  return { ...(description !== undefined && { description }), anyOf: branches };
}

/** Writes a property whose name is not an identifier as a pattern: generators of code do not quote names. */
export function withoutOddNames(node: JsonSchema): JsonSchema {
  const { properties } = node;
  if (!isSchemaObject(properties)) return node;
  const members = Object.entries(properties);
  const odd = members.filter(([name]) => !IDENTIFIER.test(name));
  if (odd.length === 0) return node;
  const patterns = odd.map(([name, schema]) => [`^${name}$`, schema]);
  return {
    ...node,
    properties: Object.fromEntries(members.filter((member) => !odd.includes(member))),
    patternProperties: Object.fromEntries(patterns) as JsonSchema,
  };
}

function isConditions(all: unknown): boolean {
  return Array.isArray(all) && all.every((one: object) => 'if' in one && !('else' in one));
}

/** The schema, without one of its keywords. */
export function without(keyword: string, schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== keyword));
}

function isSchemaObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
