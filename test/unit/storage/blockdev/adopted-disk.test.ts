import { expect } from 'chai';
import { describe, it } from 'mocha';
import { BlockDeviceError } from '../../../../src/base/errors.js';
import type { Disk } from '../../../../src/generated/objects.js';
import { AdoptedDisks } from '../../../../src/storage/blockdev/adopted-disk.js';
import { failureOf } from '../fixtures.js';
import { ScriptedCommands } from '../scripted-commands.js';

describe('AdoptedDisks', () => {
  const template = new AdoptedDisks({ commands: new ScriptedCommands() });

  function adopted(...logicalId: unknown[]): Disk {
    return { dev_type: 'blockdev', logical_id: logicalId, size: 1, mode: 'rw' };
  }

  async function failure(work: Promise<unknown>): Promise<string> {
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(BlockDeviceError);
    return error.message;
  }

  it('takes only what is in /dev', async () => {
    for (const [path, real] of [
      ['/etc/passwd', '/etc/passwd'],
      ['/dev/../etc/passwd', '/etc/passwd'],
      ['/dev/../no/such', '/no/such'],
    ] as const)
      expect(await failure(template.attach(adopted('manual', path)))).to.equal(
        `Full path '${real}' lies outside /dev`,
      );
  });

  it('takes only what an administrator has made', async () => {
    expect(await failure(template.attach(adopted('auto', '/dev/null')))).to.equal(
      'Got persistent block device of invalid type: "auto"',
    );
    expect(await failure(template.attach(adopted('/dev/null')))).to.equal(
      'Invalid configuration data ["/dev/null"]',
    );
  });

  it('finds no device that is none', async () => {
    for (const path of ['/dev/null', '/dev/no-such', `/dev/${'a'.repeat(256)}`])
      expect((await template.attach(adopted('manual', path))).attached).to.be.false;
    expect(await failure(template.create(adopted('manual', '/dev/null'), 1, false))).to.equal(
      '/dev/null is not a block device',
    );
  });

  it('never changes the device', async () => {
    const device = await template.attach(adopted('manual', '/dev/null'));
    for (const work of [
      () => device.assemble(),
      () => device.open(),
      () => device.close(),
      () => device.shutdown(),
      () => device.remove(),
      () => device.setInfo('x'),
    ])
      await work();
    expect(await failure(device.rename([]))).to.match(/^Rename is not supported/);
    const request = { amountMiB: 1, isDryRun: false, exclusiveStorage: false };
    expect(await failure(device.grow(request))).to.match(/^Grow is not supported/);
    expect(() => {
      device.checkImport();
    }).to.throw(BlockDeviceError);
  });
});
