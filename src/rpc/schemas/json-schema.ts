/** A JSON Schema, draft 2020-12: what the files below rpc-schema hold. */
export type JsonSchema = Readonly<Record<string, unknown>>;

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

/** The schema, without one of its keywords. */
export function without(keyword: string, schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== keyword));
}

function isSchemaObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
