/**
 * What a master and nodes of Ganeti 3.0.2 said to each other, held against the schemas: test/data/corpus has one file
 * for each call, one request with its reply a line.
 */
import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { CallSchemas, packageRoot, type CallSchema } from '../../src/rpc/call-schemas.js';
import { SchemaCompiler } from '../../src/rpc/schema-compiler.js';
import { ParameterValidator } from '../../src/rpc/validators.js';

interface Exchange {
  readonly node: string;
  readonly params: unknown;
  readonly reply: readonly [success: boolean, payload: unknown];
}

const schemas = CallSchemas.load();
const validator = new ParameterValidator(schemas);
const compiler = new SchemaCompiler(schemas);

function exchangesOf(call: string): Exchange[] {
  const file = join(packageRoot(), 'test/data/corpus', `${call}.jsonl`);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Exchange);
}

function parametersOf(call: CallSchema, { params }: Exchange): unknown[] {
  return call.body === 'whole' ? [params] : (params as unknown[]);
}

describe('The recorded traffic', () => {
  const recorded = schemas.names().flatMap((name) => {
    const call = schemas.get(name);
    return call ? exchangesOf(name).map((exchange, index) => ({ call, exchange, index })) : [];
  });

  it('is there', () => {
    expect(new Set(recorded.map(({ call }) => call.name)).size).to.be.at.least(19);
  });

  for (const { call, exchange, index } of recorded)
    it(`fits the schema of ${call.name} (${index + 1}, ${exchange.node})`, () => {
      validator.validate(call, parametersOf(call, exchange));
      const [success, payload] = exchange.reply;
      if (!success) return;
      const isResult = compiler.compile(`${call.name}.result.${index}`, call.result.schema);
      expect(isResult(payload), JSON.stringify(isResult.errors)).to.be.true;
    });
});
