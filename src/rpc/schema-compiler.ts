import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { CallSchemas } from './call-schemas.js';
import type { JsonSchema } from './json-schema.js';

/**
 * Makes validators from the schemas of calls, which may refer to the objects.
 *
 * Strict, so that a mistyped keyword in a schema is an error; without coercion or defaults, so that what was sent is
 * what is acted upon. A validator stops at the first problem: a caller who sends a million of them gets one answer.
 */
export class SchemaCompiler {
  readonly #ajv = new Ajv2020({
    strict: true,
    allErrors: false,
    // The schemas are ours, and a unit test holds them against the meta-schema: no need to do it at each start.
    validateSchema: false,
    logger: false,
  });

  constructor(schemas: Pick<CallSchemas, 'objects'>) {
    for (const [name, schema] of schemas.objects)
      this.#ajv.addSchema({ ...schema, $id: `/objects/${name}.json` });
  }

  /** A validator; `id` is any name that is not in use. References are those of a file in rpc-schema/calls. */
  compile(id: string, schema: JsonSchema): ValidateFunction {
    return this.#ajv.compile({ ...schema, $id: `/calls/${id}.json` });
  }
}
