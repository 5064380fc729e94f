import { createRequire } from 'node:module';
import { Ajv, type AnySchemaObject } from 'ajv';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CallSchemas } from '../../../../src/rpc/schemas/call-schemas.js';
import { type JsonSchema, without } from '../../../../src/rpc/schemas/json-schema.js';
import { type ErrorCode, openRpcDocument } from '../../../../src/rpc/schemas/openrpc.js';

const CODES: ErrorCode[] = [
  { code: -32602, kind: 'invalid-params', message: 'Invalid params' },
  { code: 2, kind: 'hypervisor', message: 'Hypervisor error' },
  { code: 3, kind: 'hotplug', message: 'Hotplug is not possible' },
];

const schemas = CallSchemas.load();
const document = openRpcDocument(schemas, '1.2.3', CODES);

// The package declares types only, though its content is the schema.
const { openrpcDocument: metaSchema } = createRequire(import.meta.url)('@open-rpc/meta-schema') as {
  openrpcDocument: AnySchemaObject;
};

/** The meta-schema of OpenRPC builds on one of JSON schemas by this name, which stands for draft 7. */
const JSON_SCHEMAS = 'https://meta.json-schema.tools';

const jsonSchemas: AnySchemaObject = {
  allOf: [{ $ref: 'http://json-schema.org/draft-07/schema#' }],
  definitions: { JSONSchemaObject: { properties: { $ref: { type: 'string' } } } },
};

function compileMetaSchema(): ReturnType<Ajv['compile']> {
  const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false });
  // It is referred to with and without a slash at the end, which are two names to ajv.
  ajv.addSchema(jsonSchemas, JSON_SCHEMAS).addSchema(jsonSchemas, `${JSON_SCHEMAS}/`);
  return ajv.compile(without('$schema', metaSchema as JsonSchema));
}

describe('openRpcDocument', () => {
  it('fits the meta-schema of OpenRPC', () => {
    const isOpenRpc = compileMetaSchema();
    expect(isOpenRpc(document), JSON.stringify(isOpenRpc.errors)).to.be.true;
    expect(isOpenRpc({ ...document, methods: [{ name: 'nameless parameters' }] })).to.be.false;
  });

  it('lists the calls that are served, and no others', () => {
    expect(document.methods.map(({ name }) => name)).to.deep.equal(schemas.names());
    expect(document.info.version).to.equal('1.2.3');
  });

  it('describes a call', () => {
    const method = document.methods.find(({ name }) => name === 'hotplug_supported');
    expect(method).to.deep.equal({
      name: 'hotplug_supported',
      summary: 'Check that an instance supports hotplug.',
      paramStructure: 'either',
      params: [
        {
          name: 'instance',
          description: 'The instance.',
          required: true,
          schema: { $ref: '#/components/schemas/Instance' },
        },
      ],
      result: { name: 'result', description: 'Nothing.', schema: { type: 'null' } },
      errors: [
        { code: -32602, message: 'Invalid params', data: { kind: 'invalid-params' } },
        { code: 2, message: 'Hypervisor error', data: { kind: 'hypervisor' } },
        { code: 3, message: 'Hotplug is not possible', data: { kind: 'hotplug' } },
      ],
      'x-source': 'Ganeti: backend.HotplugSupported',
      'x-changes': false,
    });
  });

  it('has schemas that work: references lead somewhere, tuples are those of draft 7', () => {
    const ajv = new Ajv({ strict: false });
    ajv.addSchema({ $id: 'document', components: document.components });
    for (const title of Object.keys(document.components.schemas))
      ajv.compile({ $ref: `document#/components/schemas/${title}` });
    const isTrail = ajv.compile({ $ref: 'document#/components/schemas/ReasonTrail' });
    expect(isTrail([['source', 'reason', 1]])).to.be.true;
    expect(isTrail([['source', 'reason', 1, 2]])).to.be.false;
    expect(JSON.stringify(document)).not.to.match(/prefixItems|\.json"/);
  });
});
