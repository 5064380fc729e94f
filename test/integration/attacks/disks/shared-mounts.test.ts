import { expect } from 'chai';
import { after, before, it } from 'mocha';
import { readMounts } from '../../../../tools/kit/machine/observer.js';
import { MountNamespace } from '../../../support/machine/mount-namespace.js';
import { countMounts } from '../../../support/machine/observe.js';
import { Outsider } from '../../../support/machine/outsider.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

/** Mounts on the root directory of the one who runs it, as an instance's root can: over all that was there. */
const OVER_ITSELF = 'busybox mount -t tmpfs none /';

// In a mount namespace of its own: what goes wrong there leaves this machine alone.
describeAsRoot('copies of the host in an instance, where mounts are shared', () => {
  let namespace: MountNamespace | undefined;
  const inside = () => {
    if (namespace === undefined) throw new Error('the namespace is there only while tests run');
    return namespace;
  };
  before(async () => {
    namespace = await MountNamespace.create();
  });
  const node = useNode({}, () => ({ namespace: inside() }));
  after(() => inside().close());

  /** Those of the host. Of other tests there may be some that go meanwhile; our own are looked for after each test. */
  const points = () =>
    readMounts(inside().mountinfo)
      .map(({ mountPoint }) => mountPoint)
      .filter((point) => !point.includes('noded'));

  /** The host's mounts must be the same before the instance is started and after it is stopped. */
  async function expectHostUnharmed(script: string, action = 'stop'): Promise<void> {
    const instance = await node().makeDisk('inst1');
    const root = node().root('inst1');
    const before = points();
    expect(before).to.include.members(['/proc', '/sys', '/dev']);
    await node().start(instance);
    await inside().run(`set -e; cd ${root}; ${script}`);
    expect(countMounts(root, inside().mountinfo)).to.be.above(before.length);
    if (action === 'reboot') {
      await node().call('instance_reboot', [instance, 'soft', 10, []]);
      expect(countMounts(root, inside().mountinfo)).to.equal(1);
      expect(points()).to.include.members(before);
    }
    await node().shutdown(instance);
    expect(points()).to.deep.equal(before);
    await inside().run('ls /proc/self /dev/null /sys/kernel');
  }

  it('go, and the host stays as it is', async () => {
    await expectHostUnharmed('mount --rbind / mnt');
  });

  it('go with a soft reboot', async () => {
    await expectHostUnharmed('mount --rbind / mnt', 'reboot');
  });

  it('go when there are copies of copies', async () => {
    await expectHostUnharmed(
      'mount --rbind / mnt; mount --rbind mnt tmp; mount --rbind tmp/dev dev; mount --rbind dev proc',
    );
  });

  it('go when a mount over the root of the instance hides them', async () => {
    await expectHostUnharmed(`mount --rbind / mnt; chroot . /bin/sh -c '${OVER_ITSELF}'`);
  });

  it('go when they lie over the root of the instance, hidden and shared once more', async () => {
    await expectHostUnharmed(
      `mount --rbind / mnt; chroot . /bin/sh -c '${OVER_ITSELF}'
       mount --make-shared "$PWD"; mkdir "$PWD/x"; mount --rbind / "$PWD/x"`,
    );
  });

  it('go when the instance shares its own disk', async () => {
    await expectHostUnharmed(
      'mount --make-shared "$PWD"; mount --rbind / mnt; mount --rbind / tmp',
    );
  });

  it('go when only directories of the host are copied', async () => {
    const binds = ['/proc', '/sys', '/dev', '/dev/pts', '/sys/fs/cgroup'];
    const copies = binds.map((path, index) => `mkdir m${index}; mount --rbind ${path} m${index}`);
    await expectHostUnharmed(`${copies.join('; ')}; mount --rbind / mnt`);
  });

  it('do not keep its disk busy, though services with mount namespaces of their own have them too', async () => {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    const [program = '', ...nsenter] = inside().wrapper;
    const service = [
      'unshare',
      '--mount',
      '--propagation',
      'slave',
      'sh',
      '-c',
      'echo; sleep 1000',
    ];
    await inside().run(`mount -t proc proc ${node().root('inst1')}/proc`);
    const outsider = await Outsider.ready(program, [...nsenter, ...service]);
    await inside().run(`mount -t tmpfs none ${node().root('inst1')}/mnt`);
    await node().shutdown(instance);
    expect(outsider.isAlive).to.equal(true);
  });
});
