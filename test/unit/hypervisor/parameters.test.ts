import { expect } from 'chai';
import { describe, it } from 'mocha';
import { HypervisorError } from '../../../src/base/errors.js';
import type { Hvparams } from '../../../src/generated/objects.js';
import { CHROOT_PARAMETERS } from '../../../src/hypervisor/chroot/chroot-parameters.js';
import {
  checkParameterSyntax,
  isNormalizedAbsolutePath,
  isUnspecified,
  type ParameterTable,
  validateParameters,
} from '../../../src/hypervisor/parameters.js';
import { failureOf } from '../storage/fixtures.js';

const TABLE: ParameterTable = new Map([
  ['required', { isRequired: true }],
  [
    'size',
    {
      isRequired: false,
      syntax: {
        isValid: (value: unknown) => typeof value === 'number',
        message: 'must be a number',
      },
      validation: {
        isValid: (value: unknown) => Promise.resolve(Number(value) < 10),
        message: 'too large for this node',
      },
    },
  ],
]);

function syntaxError(hvparams: Hvparams, table = TABLE): string {
  try {
    checkParameterSyntax(table, hvparams);
  } catch (error) {
    expect(error).to.be.instanceOf(HypervisorError);
    return (error as Error).message;
  }
  return '';
}

describe('checkParameterSyntax', () => {
  it('accepts what is right', () => {
    expect(syntaxError({ required: 'x', size: 5 })).to.equal('');
  });

  it('refuses a parameter that the hypervisor does not have', () => {
    expect(syntaxError({ required: 'x', size: 5, kernel_path: '/x' })).to.equal(
      "Parameter 'kernel_path' is not supported",
    );
    for (const name of ['constructor', 'toString'])
      expect(syntaxError({ required: 'x', size: 5, [name]: 1 })).to.equal(
        `Parameter '${name}' is not supported`,
      );
  });

  it('misses a parameter, also one that may be empty', () => {
    expect(syntaxError({ required: 'x' })).to.equal("Parameter 'size' is missing");
    expect(syntaxError({ size: 1 })).to.equal("Parameter 'required' is missing");
    const inherited = Object.create({ required: 'x' }) as Hvparams;
    expect(syntaxError(inherited)).to.equal("Parameter 'required' is missing");
  });

  it('refuses nothing where something is required', () => {
    for (const required of ['', null, undefined])
      expect(syntaxError({ required, size: 1 })).to.equal(
        "Parameter 'required' is required but is currently not defined",
      );
  });

  it('does not look at the syntax of an optional parameter that is not given', () => {
    expect(syntaxError({ required: 'x', size: '' })).to.equal('');
    expect(syntaxError({ required: 'x', size: null })).to.equal('');
  });

  it('says what is wrong with a value, and the value', () => {
    expect(syntaxError({ required: 'x', size: 'big' })).to.equal(
      "Parameter 'size' fails syntax check: must be a number (current value: 'big')",
    );
  });

  it('shows any value that JSON can say', () => {
    expect(syntaxError({ required: 'x', size: { toString: 1, valueOf: 2 } })).to.include(
      `(current value: '{"toString":1,"valueOf":2}')`,
    );
  });

  it("has Ganeti's words for the chroot hypervisor", () => {
    const error = (init_script: unknown) => syntaxError({ init_script }, CHROOT_PARAMETERS);
    expect(error('/ganeti-chroot')).to.equal('');
    expect(syntaxError({}, CHROOT_PARAMETERS)).to.equal("Parameter 'init_script' is missing");
    expect(error('')).to.equal("Parameter 'init_script' is required but is currently not defined");
    expect(error('../x')).to.equal(
      "Parameter 'init_script' fails syntax check: must be an absolute normalized path (current value: '../x')",
    );
  });
});

describe('validateParameters', () => {
  it('asks the node about each value that is given', async () => {
    await validateParameters(TABLE, { required: 'x', size: 5 });
    await validateParameters(TABLE, { required: 'x', size: '' });
    const error = await failureOf(validateParameters(TABLE, { required: 'x', size: 50 }));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal(
      "Parameter 'size' fails validation: too large for this node (current value: '50')",
    );
  });

  it('has nothing to ask for the chroot hypervisor', async () => {
    await validateParameters(CHROOT_PARAMETERS, { init_script: '/not/on/this/node' });
  });
});

describe('isNormalizedAbsolutePath', () => {
  it('accepts what Ganeti accepts', () => {
    for (const path of ['/', '/ganeti-chroot', '/a/b.c', '/a b', '/..a', '/a/...'])
      expect(isNormalizedAbsolutePath(path), path).to.be.true;
  });

  it('refuses the rest', () => {
    const paths = ['', 'a', './a', '../a', '/a/', '/a//b', '/a/./b', '/a/../b', '/..', '/a\0'];
    for (const path of paths) expect(isNormalizedAbsolutePath(path), path).to.be.false;
    for (const value of [null, undefined, 1, true, ['/a'], { a: 1 }])
      expect(isNormalizedAbsolutePath(value)).to.be.false;
  });
});

describe('isUnspecified', () => {
  it('is true for nothing and for an empty text', () => {
    for (const value of [null, undefined, '']) expect(isUnspecified(value)).to.be.true;
  });

  it('is false for all else, zero and false included', () => {
    for (const value of [0, false, ' ', [], {}]) expect(isUnspecified(value)).to.be.false;
  });
});
