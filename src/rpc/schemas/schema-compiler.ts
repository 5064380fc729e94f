import { createRequire } from 'node:module';
import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js';
import type { CallSchemas } from './call-schemas.js';
import type { JsonSchema } from './json-schema.js';

const load = createRequire(import.meta.url);

/**
 * Makes validators from the schemas of calls, which may refer to the objects.
 *
 * Strict, so that a mistyped keyword in a schema is an error; without coercion or defaults, so that what was sent is
 * what is acted upon. A validator stops at the first problem: a caller who sends a million of them gets one answer.
 */
export class SchemaCompiler {
  readonly #objects: CallSchemas['objects'];
  #ajv: Ajv2020 | undefined;

  constructor({ objects }: Pick<CallSchemas, 'objects'>) {
    this.#objects = objects;
  }

  /** A validator; `id` is any name that is not in use. References are those of a file in rpc-schema/calls. */
  compile(id: string, schema: JsonSchema): ValidateFunction {
    this.#ajv ??= this.#loadAjv();
    return this.#ajv.compile({ ...schema, $id: `/calls/${id}.json` });
  }

  /** Only when something is to be compiled: it takes as long to load as all of Node.js, and a fair amount of memory. */
  #loadAjv(): Ajv2020 {
    const { Ajv2020 } = load('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
    const ajv = new Ajv2020({
      strict: true,
      allErrors: false,
      // The schemas are ours, and a unit test holds them against the meta-schema: no need to do it at each start.
      validateSchema: false,
      logger: false,
    });
    for (const [name, schema] of this.#objects)
      ajv.addSchema({ ...schema, $id: `/objects/${name}.json` });
    return ajv;
  }
}
