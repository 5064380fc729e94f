import { createRequire } from 'node:module';
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';
import { type JsonSchema, without } from '../../../src/rpc/schemas/json-schema.js';

// The package declares types only, though its content is the schema.
const { openrpcDocument } = createRequire(import.meta.url)('@open-rpc/meta-schema') as {
  openrpcDocument: JsonSchema;
};

/** The meta-schema of OpenRPC builds on one of JSON schemas by this name, which stands for draft 7. */
const JSON_SCHEMAS = 'https://meta.json-schema.tools';

const jsonSchemas: AnySchemaObject = {
  allOf: [{ $ref: 'http://json-schema.org/draft-07/schema#' }],
  definitions: { JSONSchemaObject: { properties: { $ref: { type: 'string' } } } },
};

/** Tells whether something is an OpenRPC document. */
export function compileOpenRpc(): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false });
  // It is referred to with and without a slash at the end, which are two names to ajv.
  ajv.addSchema(jsonSchemas, JSON_SCHEMAS).addSchema(jsonSchemas, `${JSON_SCHEMAS}/`);
  return ajv.compile(without('$schema', openrpcDocument));
}
