import { execFileSync } from 'node:child_process';
import { access, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SYSTEM_CLOCK } from '../../../src/base/clock.js';
import type { Disk } from '../../../src/generated/objects.js';
import { AdoptedDisks } from '../../../src/storage/blockdev/adopted-disk.js';
import { DeviceSizes } from '../../../src/storage/blockdev/device-sizes.js';
import { ExtDisks } from '../../../src/storage/ext/disk.js';
import { ExtProviders } from '../../../src/storage/ext/providers.js';
import { ExtScripts } from '../../../src/storage/ext/scripts.js';
import { Commands } from '../../../src/system/command/command.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { machineState } from '../../../tools/kit/machine/machine-state.js';
import { attachLoop, detachLoop } from '../../support/machine/loops.js';
import { useLogKeeper } from '../../support/node/log-keeper.js';
import { extDisk, makeProvider } from '../../unit/storage/ext/fixtures.js';
import { failureOf, StorageFixture } from '../../unit/storage/fixtures.js';

const MIB = 1024 * 1024;

/** A provider whose volumes are files behind loop devices. */
function loopProvider(directory: string): Record<string, string> {
  const script = (text: string) =>
    `#!/bin/bash\nset -e\nfile="${directory}/$VOL_NAME"\n` +
    `device() { losetup --noheadings --output NAME --associated "$file"; }\n${text}\n`;
  return {
    create: script(
      '[ ! -e "$file" ] || { echo "exists already"; exit 1; }\ntruncate -s "${VOL_SIZE}M" "$file"',
    ),
    attach: script(
      'name=$(device)\n[ -n "$name" ] || name=$(losetup --find --show "$file")\necho "$name"',
    ),
    detach: script('for name in $(device); do losetup --detach "$name"; done'),
    remove: script('rm "$file"'),
    grow: script('truncate -s "${VOL_NEW_SIZE}M" "$file"\nlosetup --set-capacity "$(device)"'),
    setinfo: script('echo "$VOL_METADATA" >"$file.info"'),
    snapshot: script('cp "$file" "$(dirname "$file")/$VOL_SNAPSHOT_NAME"'),
  };
}

describe('Disks that are real devices', () => {
  let fixture: StorageFixture;
  let volumes: string;
  let commands: Commands;
  const logs = useLogKeeper();
  beforeEach(async () => {
    commands = new Commands({ logs: logs() });
    fixture = await StorageFixture.create();
    volumes = fixture.storage;
  });
  afterEach(async () => {
    // A detached device goes with its last user, and udev may look at it for a moment.
    await eventually(() => machineState(basename(fixture.root)).loops.length === 0);
    await fixture.remove();
  });

  describe('ExtDisks', () => {
    let template: ExtDisks;
    beforeEach(async () => {
      const searchPath = [join(fixture.root, 'providers')];
      await makeProvider(join(fixture.root, 'providers', 'pvdr1'), loopProvider(volumes));
      const scripts = new ExtScripts({
        providers: new ExtProviders({ searchPath, logger: fixture.logger }),
        commands,
        logDir: join(fixture.root, 'log'),
        clock: SYSTEM_CLOCK,
        timeoutMs: 20_000,
      });
      template = new ExtDisks({ scripts, commands });
    });

    it('live and die by their scripts', async () => {
      const disk = extDisk('vol0');
      const device = await template.create(disk, 8, false);
      try {
        expect(device.attached).to.be.true;
        expect(device.status()).to.include({ dev_path: device.devPath, major: 7 });
        expect(await device.actualSizeBytes()).to.equal(8 * MIB);
        await device.grow({ amountMiB: 2, isDryRun: false, exclusiveStorage: false });
        expect(await device.actualSizeBytes()).to.equal(10 * MIB);
        await device.setInfo('originstname+inst1');
        expect(await readFile(join(volumes, 'vol0.info'), 'utf8')).to.equal('originstname+inst1\n');
        await device.snapshot({ name: null, sizeMiB: null });
        expect((await template.attach(disk)).devPath).to.equal(device.devPath);
      } finally {
        await device.remove();
      }
      expect(await readdir(volumes)).to.have.members(['vol0.info', 'vol0.snap']);
    });

    it('fail with what the script wrote into its log', async () => {
      const device = await template.create(extDisk('vol0'), 8, false);
      await device.shutdown();
      const error = await failureOf(template.create(extDisk('vol0'), 8, false));
      expect(error.message).to.equal(
        "External storage's create script failed (exited with exit code 1), last lines of output:\nexists already",
      );
    });
  });

  it('are adopted, measured and never changed', async () => {
    const file = join(volumes, 'disk');
    execFileSync('truncate', ['-s', '8M', file]);
    const path = await attachLoop(file);
    try {
      const disk: Disk = {
        dev_type: 'blockdev',
        logical_id: ['manual', path],
        size: 8,
        mode: 'rw',
      };
      const device = await new AdoptedDisks({ commands }).create(disk, 8, false);
      expect(device.attached).to.be.true;
      expect(device.status()).to.include({ major: 7 });
      expect(await device.actualSizeBytes()).to.equal(8 * MIB);
      const sizes = new DeviceSizes({ commands, logger: fixture.logger });
      expect(await sizes.get([path, file])).to.deep.equal({ [path]: 8 });
      await device.remove();
      await access(file);
    } finally {
      await detachLoop(path);
    }
  });
});
