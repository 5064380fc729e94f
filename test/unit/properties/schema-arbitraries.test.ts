/** The values that requests are fuzzed with are what they are meant to be: most of them valid, for every call. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { NodeError } from '../../../src/base/errors.js';
import { CallSchemas } from '../../../src/rpc/schemas/call-schemas.js';
import { ParameterValidator } from '../../../src/rpc/schemas/parameter-validator.js';
import { hostPaths } from '../../../tools/fuzz/host/paths.js';
import { requestsFor } from '../../../tools/fuzz/requests/requests.js';
import { SchemaArbitraries } from '../../../tools/fuzz/requests/schema-arbitrary.js';
import { hostVocabulary } from '../../../tools/fuzz/requests/vocabulary.js';

const schemas = CallSchemas.load();
const { objects } = schemas;
const vocabulary = hostVocabulary(hostPaths('noded-fuzz-unit'));
const plain = { objects: new Map(), members: new Map(), words: [] };

describe('values made of schemas', () => {
  const validator = new ParameterValidator(schemas);
  const calls = schemas.names().flatMap((name) => schemas.get(name) ?? []);

  for (const [what, words] of [
    ['with the words of a host', vocabulary],
    ['made up', plain],
  ] as const)
    it(`are valid for every call, ${what}`, () => {
      const arbitraries = new SchemaArbitraries({ objects, vocabulary: words });
      for (const call of calls) {
        const values = call.params.map(({ schema, name }) => arbitraries.valuesOf(schema, name));
        fc.assert(
          fc.property(fc.tuple(...values), (params) => {
            // As they arrive: JSON has no -0, for one.
            validator.validate(call, JSON.parse(JSON.stringify(params)) as unknown[]);
          }),
          { numRuns: 5 },
        );
      }
    });

  it('refuse a rule that is not known', () => {
    const arbitraries = new SchemaArbitraries({ objects, vocabulary });
    expect(() => arbitraries.valuesOf({ type: 'string', format: 'date' }, 'x')).to.throw(/format/);
  });

  it('are sent valid and hostile, over every wire', () => {
    const call = schemas.get('instance_start');
    if (call === undefined) throw new Error('instance_start is gone');
    const arbitraries = new SchemaArbitraries({ objects, vocabulary });
    const requests = fc.sample(requestsFor(call, arbitraries), { numRuns: 300, seed: 1 });
    expect(new Set(requests.map(({ wire }) => wire))).to.have.all.keys(
      'ganeti',
      'json-rpc',
      'unix',
    );
    const direct = requests.filter(({ wire, change }) => wire === 'ganeti' && change === 'valid');
    const accepted = direct.filter(({ body }) => {
      try {
        validator.validate(call, JSON.parse(body) as unknown[]);
        return true;
      } catch (error) {
        if (!(error instanceof NodeError)) throw error;
        return false;
      }
    });
    expect(direct).to.not.be.empty;
    expect(accepted).to.have.length(direct.length);
    expect(requests.map(({ change }) => change)).to.include.members(['hostile', 'raw', 'missing']);
  });
});
