import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../src/base/errors.js';
import { type OsRequest, type OsValidationParts, validateOs } from '../../../src/os/validation.js';
import { FakeCommands } from '../node/fixtures.js';
import { failureOf } from '../storage/fixtures.js';
import { makeOs } from './fixtures.js';

describe('validateOs', () => {
  let root: string;
  let os: string;
  let commands: FakeCommands;
  let validation: OsValidationParts;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    os = join(root, 'busybox');
    commands = new FakeCommands();
    validation = { osSearchPath: [root], confined: commands, timeoutsMs: { osScript: 1234 } };
    await makeOs(os, { 'variants.list': 'default\nsmall\n', 'parameters.list': 'size\nkey\n' });
  });
  afterEach(() => rm(root, { recursive: true }));

  function validate(changes: Partial<OsRequest> = {}): Promise<boolean> {
    return validateOs(validation, {
      name: 'busybox+small',
      parameters: {},
      checks: ['parameters'],
      isRequired: true,
      isVariantForced: false,
      ...changes,
    });
  }

  async function failure(changes: Partial<OsRequest>): Promise<string> {
    const error = await failureOf(validate(changes));
    expect(error).to.be.instanceOf(RpcFailure);
    return error.message;
  }

  it('asks the verify script, which gets the parameters in its environment only', async () => {
    expect(await validate({ parameters: { size: '5', key: 'secret' } })).to.be.true;
    expect(commands.asked).to.deep.equal([
      {
        argv: [join(os, 'verify'), 'parameters'],
        options: {
          timeoutMs: 1234,
          cwd: os,
          env: {
            OS_API_VERSION: '20',
            OS_NAME: 'busybox',
            OS_VARIANT: 'small',
            DEBUG_LEVEL: '0',
            OSP_SIZE: '5',
            OSP_KEY: 'secret',
            PATH: '/sbin:/bin:/usr/sbin:/usr/bin',
          },
        },
      },
    ]);
  });

  it('says what the verify script says', async () => {
    commands.exitCode = 1;
    commands.stderr = 'size is too small\n\u001b[2J';
    expect(await failure({ parameters: { key: 'secret' } })).to.equal(
      'OS validation script failed (exited with exit code 1), output: size is too small\n\\x1b[2J',
    );
  });

  it('fails for a missing OS only when it is required', async () => {
    expect(await validate({ name: 'none', isRequired: false })).to.be.false;
    expect(await failure({ name: 'none' })).to.equal(
      'Directory for OS none not found in search path',
    );
  });

  it('checks the variant unless it is forced', async () => {
    expect(await failure({ name: 'busybox' })).to.equal("OS name 'busybox' must include a variant");
    expect(await failure({ name: 'busybox+large' })).to.equal(
      "OS 'busybox' does not support variant 'large'",
    );
    expect(await validate({ name: 'busybox+large', isVariantForced: true })).to.be.true;
    await makeOs(os, { 'variants.list': undefined });
    expect(await failure({ name: 'busybox+small' })).to.equal(
      "OS 'busybox' does not support variants ('small' passed)",
    );
    expect(await validate({ name: 'busybox' })).to.be.true;
  });

  it('checks the names of parameters when it is to', async () => {
    const parameters = { size: '1', colour: 'blue', shape: 'round' };
    expect(await failure({ parameters })).to.equal(
      'The following parameters are not supported by the OS busybox: colour, shape',
    );
    expect(await validate({ parameters, checks: [] })).to.be.true;
    expect(commands.asked[0]?.argv).to.deep.equal([join(os, 'verify')]);
    expect(await failure({ checks: ['parameters', 'other'] })).to.equal(
      'Unknown checks required for OS busybox+small: other',
    );
  });

  it('has nothing to ask of older definitions', async () => {
    await makeOs(os, { ganeti_api_version: '15\n', verify: undefined });
    expect(await validate({ name: 'busybox+default', parameters: { any: '' } })).to.be.true;
    expect(commands.asked).to.be.empty;
  });
});
