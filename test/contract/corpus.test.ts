/**
 * What a master and nodes of Ganeti 3.0.2 said to each other, and what was written by hand beside it, held against the
 * schemas: test/data/corpus and test/data/exchanges have a file for each call, one request with its reply a line.
 */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import { ParameterValidator } from '../../src/rpc/schemas/parameter-validator.js';
import { SchemaCompiler } from '../../src/rpc/schemas/schema-compiler.js';
import { callsIn, COLLECTIONS, exchangesOf, positional } from './support/exchanges.js';

const schemas = CallSchemas.load();
const validator = new ParameterValidator(schemas);
const compiler = new SchemaCompiler(schemas);

describe('The exchanges', () => {
  it('are there', () => {
    const recorded = callsIn('corpus').filter((call) => schemas.names().includes(call));
    expect(recorded).to.have.length.of.at.least(19);
    expect(callsIn('exchanges').filter((call) => !schemas.names().includes(call))).to.be.empty;
  });

  for (const call of schemas.names().flatMap((name) => schemas.get(name) ?? [])) {
    const isResult = compiler.compile(`${call.name}.result`, call.result.schema);
    for (const collection of COLLECTIONS)
      for (const { id, params, reply } of exchangesOf(collection, call.name))
        it(`fit the schema: ${id}`, () => {
          validator.validate(call, positional(call, params));
          const [success, payload] = reply;
          if (success) expect(isResult(payload), JSON.stringify(isResult.errors)).to.be.true;
        });
  }
});
