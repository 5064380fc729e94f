import type { CallSchemas } from './call-schemas.js';
import { type JsonSchema, referencedObject } from './json-schema.js';

/** A parameter or a result, which may have an example of its own. */
interface Exemplified {
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

/** The example of a parameter or a result; without one of its own, that of the object or of the items of the array it is. */
export function exampleOf(schemas: CallSchemas, { schema, example }: Exemplified): unknown {
  if (example !== undefined) return example;
  const object = referencedObject(schema);
  if (object !== undefined) return firstExample(schemas.objects.get(object));
  if (schema['type'] === 'null') return null;
  const item = exampleOfItems(schemas, schema['items']);
  return item === undefined ? undefined : [item];
}

function exampleOfItems(schemas: CallSchemas, items: unknown): unknown {
  return typeof items === 'object' && items !== null
    ? exampleOf(schemas, { schema: items as JsonSchema })
    : undefined;
}

function firstExample(object: JsonSchema | undefined): unknown {
  const examples = object?.['examples'];
  return Array.isArray(examples) ? (examples[0] as unknown) : undefined;
}
