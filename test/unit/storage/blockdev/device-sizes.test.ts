import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Logger } from 'winston';
import { DeviceSizes } from '../../../../src/storage/blockdev/device-sizes.js';
import { ScriptedCommands } from '../scripted-commands.js';

describe('DeviceSizes.get', () => {
  it('passes over what is no block device in /dev', async () => {
    const commands = new ScriptedCommands();
    const logger = { warn: () => undefined } as unknown as Logger;
    const sizes = new DeviceSizes({ commands, logger });
    const paths = [
      '/dev/null',
      '/dev/../etc/passwd',
      '/etc/passwd',
      '/dev/no-such',
      `/dev/${'a'.repeat(256)}`,
      '/dev',
      'a\0b',
    ];
    expect(await sizes.get(paths)).to.deep.equal({});
    expect(commands.lines).to.deep.equal([]);
  });
});
