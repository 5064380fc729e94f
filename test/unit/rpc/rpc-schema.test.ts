import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { FailureKind } from '../../../src/base/errors.js';
import { packageRoot } from '../../../src/base/package-root.js';
import { CallSchemas } from '../../../src/rpc/schemas/call-schemas.js';
import { SchemaCompiler } from '../../../src/rpc/schemas/schema-compiler.js';

const directory = join(packageRoot(), 'rpc-schema');
const schemas = CallSchemas.load(directory);

/** Typed so that a kind which is added to the daemon has to be added here, and then to the schemas. */
const KINDS: Record<FailureKind, true> = {
  failed: true,
  hypervisor: true,
  'block-device': true,
  hotplug: true,
  'file-storage-path': true,
  busy: true,
  'not-served': true,
  'shutting-down': true,
  'invalid-params': true,
};

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(directory, file), 'utf8'));
}

function filesIn(subdirectory: string): string[] {
  return readdirSync(join(directory, subdirectory)).map((file) => join(subdirectory, file));
}

describe('rpc-schema/calls', () => {
  const isCall = new Ajv2020({ strict: true }).compile(read('call.schema.json') as object);

  for (const file of filesIn('calls'))
    it(`${file} is a call of that name`, () => {
      const call = read(file) as { name: string };
      expect(isCall(call), JSON.stringify(isCall.errors)).to.be.true;
      expect(call.name).to.equal(basename(file, '.json'));
    });

  for (const mistake of [
    { summary: 'No full stop' },
    { errors: [{ kind: 'no-such-kind', when: 'Never.' }] },
    { params: [{ name: 'instance', description: 'No schema.' }] },
    { params: [{ name: 'x', description: 'Bad schema.', schema: { type: 'strnig' } }] },
    { body: 'half' },
    { colour: 'blue' },
  ])
    it(`refuses ${JSON.stringify(mistake)}`, () => {
      expect(isCall({ ...(read('calls/version.json') as object), ...mistake })).to.be.false;
    });

  it('has optional parameters only at the end, and a whole body only for one parameter', () => {
    for (const call of schemas.names().flatMap((name) => schemas.get(name) ?? [])) {
      const optional = call.params.map((param) => param.optional === true);
      expect(optional, call.name).to.deep.equal(
        [...optional].sort((a, b) => Number(a) - Number(b)),
      );
      if (call.body === 'whole') expect(call.params, call.name).to.have.lengthOf(1);
    }
  });

  it('compiles, all references included', () => {
    const compiler = new SchemaCompiler(schemas);
    for (const call of schemas.names().flatMap((name) => schemas.get(name) ?? [])) {
      for (const { name, schema } of call.params) compiler.compile(`${call.name}.${name}`, schema);
      compiler.compile(`${call.name}.result`, call.result.schema);
    }
  });
});

describe('rpc-schema/objects', () => {
  const isSchema = new Ajv2020().getSchema('https://json-schema.org/draft/2020-12/schema');

  for (const file of filesIn('objects'))
    it(`${file} is a JSON schema with a title and a description`, () => {
      const schema = read(file);
      expect(isSchema?.(schema)).to.be.true;
      expect(schema)
        .to.have.property('title')
        .that.matches(/^[A-Z][A-Za-z]+$/);
      expect(schema).to.have.property('description').that.is.a('string');
    });
});

describe('rpc-schema', () => {
  it('has each kind of failure, and no other', () => {
    const { properties } = read('call.schema.json') as {
      properties: { errors: { items: { properties: { kind: { enum: string[] } } } } };
    };
    expect(properties.errors.items.properties.kind.enum).to.have.members(Object.keys(KINDS));
    const ofCalls = [...schemas.failures].filter(([, { from }]) => from !== 'wire');
    expect(ofCalls.map(([kind]) => kind)).to.have.members(Object.keys(KINDS));
  });

  it('has the 108 calls of Ganeti 3.0', () => {
    const own = ['hypervisor_verify', 'instance_usage', 'resize_disk'];
    expect(schemas.names())
      .to.include.members(own)
      .and.to.have.lengthOf(108 + own.length);
  });
});
