import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CallSchemas } from '../../../../src/rpc/schemas/call-schemas.js';
import { exampleOf } from '../../../../src/rpc/schemas/examples.js';
import { ParameterValidator } from '../../../../src/rpc/schemas/parameter-validator.js';
import { SchemaCompiler } from '../../../../src/rpc/schemas/schema-compiler.js';

const schemas = CallSchemas.load();
const validator = new ParameterValidator(schemas);
const compiler = new SchemaCompiler(schemas);
const calls = schemas.names().flatMap((name) => schemas.get(name) ?? []);

describe('exampleOf', () => {
  it('prefers the example that a parameter has', () => {
    const schema = { type: 'null' };
    expect(exampleOf(schemas, { schema, example: false })).to.be.false;
    expect(exampleOf(schemas, { schema })).to.be.null;
  });

  it('takes the example of an object, also for an array of them', () => {
    const schema = { $ref: '../objects/instance-name.json' };
    expect(exampleOf(schemas, { schema })).to.equal('inst1.example.com');
    expect(exampleOf(schemas, { schema: { type: 'array', items: schema } })).to.deep.equal([
      'inst1.example.com',
    ]);
  });

  it('has none where there is none', () => {
    expect(exampleOf(schemas, { schema: { type: 'string' } })).to.be.undefined;
    expect(exampleOf(schemas, { schema: { type: 'array', items: {} } })).to.be.undefined;
  });
});

describe('The examples in rpc-schema', () => {
  for (const call of calls) {
    it(`has parameters of ${call.name} that the daemon accepts`, () => {
      const params = call.params.map((param) => exampleOf(schemas, param));
      expect(params).not.to.include(undefined);
      validator.validate(call, params);
    });

    it(`has a result of ${call.name} that fits its schema`, () => {
      const example = exampleOf(schemas, call.result);
      expect(example).not.to.be.undefined;
      const fits = compiler.compile(`${call.name}.result`, call.result.schema);
      expect(fits(example), JSON.stringify(fits.errors)).to.be.true;
    });
  }

  it('fit the objects that they are examples of', () => {
    for (const [name, { examples = [] }] of schemas.objects) {
      const fits = compiler.compile(`${name}.example`, { $ref: `../objects/${name}.json` });
      for (const example of examples as unknown[]) expect(fits(example), name).to.be.true;
    }
  });
});
