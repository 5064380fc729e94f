import { Ajv } from 'ajv';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CallSchemas } from '../../../../src/rpc/schemas/call-schemas.js';
import { exampleOf } from '../../../../src/rpc/schemas/examples.js';
import { openRpcDocument } from '../../../../src/rpc/schemas/openrpc.js';
import { compileOpenRpc } from '../../../support/docs/openrpc-schema.js';

const INSTANCE = { $ref: '../objects/instance.json' };

const schemas = CallSchemas.load();
const document = openRpcDocument(schemas, '1.2.3');

describe('openRpcDocument', () => {
  it('fits the meta-schema of OpenRPC', () => {
    const isOpenRpc = compileOpenRpc();
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
      tags: [{ name: 'instances' }],
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
        { code: -32602, message: 'Invalid parameters', data: { kind: 'invalid-params' } },
        { code: -32001, message: 'The hypervisor failed', data: { kind: 'hypervisor' } },
        { code: -32003, message: 'Hotplug is not possible', data: { kind: 'hotplug' } },
        {
          code: -32005,
          message: 'Something is in use, or the daemon is overloaded',
          data: { kind: 'busy' },
        },
        { code: -32007, message: 'The daemon is shutting down', data: { kind: 'shutting-down' } },
      ],
      examples: [
        {
          name: 'hotplug_supported',
          params: [{ name: 'instance', value: exampleOf(schemas, { schema: INSTANCE }) }],
          result: { name: 'result', value: null },
        },
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

  it('is looser than what the daemon validates with only where the description says so', () => {
    const ajv = new Ajv({ strict: false });
    ajv.addSchema({ $id: 'document', components: document.components });
    const accepts = (title: string, value: unknown) =>
      ajv.validate({ $ref: `document#/components/schemas/${title}` }, value);
    const disk = { dev_type: 'file', logical_id: ['loop', '/disk0'], size: 1 };
    expect(accepts('Disk', { ...disk, children: [disk], name: null })).to.be.true;
    expect(accepts('Disk', { ...disk, children: [{}] })).to.be.true;
    expect(accepts('Disk', { ...disk, children: ['disk'] })).to.be.false;
    expect(accepts('Disk', { ...disk, name: 1 })).to.be.false;
    expect(accepts('Device', disk)).to.be.true;
    expect(accepts('Device', { mac: 'aa:00:00:00:00:01' })).to.be.true;
    expect(accepts('Device', {})).to.be.false;
    expect(accepts('VerifyRequest', { 'master-ip': ['node1', '192.0.2.1', ['node1']] })).to.be.true;
    expect(accepts('VerifyRequest', { 'master-ip': ['node1'] })).to.be.false;
  });
});
