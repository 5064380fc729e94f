import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  BlockDeviceError,
  HotplugError,
  HypervisorError,
  messageOf,
  RpcFailure,
} from '../../../src/base/errors.js';
import { failAs, failWith, recover, rpcFailureOf, translate } from '../../../src/base/translate.js';
import { failureOf } from '../../support/failure.js';

const done = () => Promise.resolve('done');
const fail = (error: Error) => () => Promise.reject(error);
const DATA = { disk: 0 };

describe('recover', () => {
  const handle = (error: Error) => error.message;

  it('returns what comes of the work, or else what is made of its error', async () => {
    expect(await recover(RangeError, handle, done)).to.equal('done');
    expect(await recover(RangeError, handle, fail(new RangeError('no')))).to.equal('no');
  });

  it('fails with any other error, and takes work that is done at once', async () => {
    const error = new SyntaxError('no');
    expect(await failureOf(recover(RangeError, handle, fail(error)))).to.equal(error);
    const throws = () => {
      throw new RangeError('at once');
    };
    expect(await recover(RangeError, handle, throws)).to.equal('at once');
  });
});

describe('translate', () => {
  const toFailure = (cause: Error) => new HypervisorError(`Oh ${cause.message}`, { cause });

  it('replaces an error of the class, and no other', async () => {
    expect(await translate(RangeError, toFailure, done)).to.equal('done');
    const failure = await failureOf(translate(RangeError, toFailure, fail(new RangeError('no'))));
    expect(failure).to.be.instanceOf(HypervisorError).and.have.property('message', 'Oh no');
    const error = new SyntaxError('no');
    expect(await failureOf(translate(RangeError, toFailure, fail(error)))).to.equal(error);
  });
});

describe('failAs', () => {
  it('says what failed, and why', async () => {
    const read = () => readFile('/no/such/file');
    const failure = await failureOf(failAs(BlockDeviceError, "Can't read", read));
    expect(failure).to.be.instanceOf(BlockDeviceError);
    expect(failure.message).to.equal("Can't read: No such file or directory");
    expect(failure.cause).to.have.property('code', 'ENOENT');
    expect(await failAs(BlockDeviceError, "Can't read", done)).to.equal('done');
  });

  it('leaves what callers may read already', async () => {
    const error = new RpcFailure('no');
    expect(await failureOf(failAs(BlockDeviceError, "Can't", fail(error)))).to.equal(error);
  });
});

describe('failWith', () => {
  const failing = (error: Error) =>
    failureOf(failWith("Can't", ['hypervisor', 'hotplug'], fail(error)));

  it('makes failures of its kinds the whole answer', async () => {
    for (const Failure of [HypervisorError, HotplugError]) {
      const cause = new Failure('no', { data: DATA });
      const failure = await failing(cause);
      expect(failure).to.be.instanceOf(RpcFailure).and.include({ message: "Can't: no", cause });
      expect(failure).to.include({ kind: cause.kind, data: DATA });
    }
  });

  it('leaves all others', async () => {
    const whole = new RpcFailure('no', { kind: 'hypervisor' });
    for (const error of [whole, new BlockDeviceError('no'), new SyntaxError('no')])
      expect(await failing(error)).to.equal(error);
  });
});

describe('rpcFailureOf', () => {
  it('keeps the message unless given another one', () => {
    const cause = new BlockDeviceError('no', { data: DATA });
    expect(rpcFailureOf(cause)).to.include({ message: 'no', kind: 'block-device', cause });
    expect(rpcFailureOf(cause, 'never')).to.include({ message: 'never', data: DATA });
  });
});

describe('messageOf', () => {
  it('takes whatever was thrown', () => {
    expect(messageOf(new Error('no'))).to.equal('no');
    expect(messageOf('no')).to.equal('no');
  });
});
