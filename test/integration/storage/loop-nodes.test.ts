import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { after, afterEach, before, it } from 'mocha';
import { failureOf } from '../../support/failure.js';
import { MountNamespace } from '../../support/machine/mount-namespace.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';
import type { LaunchOptions, TestNode } from '../../support/node/test-node.js';

/** A /dev as containers have it. */
const OWN_DEV = `set -e; d=$(mktemp -d); mount -t tmpfs -o mode=755 none "$d"
  cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom "$d"; ln -s /proc/self/fd "$d/fd"
  mount --bind "$d" /dev; umount "$d"; rmdir "$d"`;

/** A daemon with a /dev of its own, in which there are no loop devices. */
function useContainer(launch: LaunchOptions = {}): {
  node: () => TestNode;
  run: (script: string) => Promise<string>;
} {
  let namespace: MountNamespace | undefined;
  const inside = () => {
    if (namespace === undefined) throw new Error('the namespace is there only while tests run');
    return namespace;
  };
  before(async () => {
    namespace = await MountNamespace.create();
    await namespace.run(OWN_DEV);
  });
  const node = useNode({}, () => ({ ...launch, namespace: inside() }));
  after(() => namespace?.close());
  return { node, run: (script) => inside().run(script) };
}

async function startWithTwoDisks(node: TestNode): Promise<() => Promise<unknown>> {
  const instance = await node.makeDisk('inst1');
  await writeFile(node.diskPath('inst1', 1), Buffer.alloc(1024 * 1024));
  const second = { ...node.disk('inst1', 1), uuid: '11111111-1519-4ff7-86b8-d95c525f1e6b' };
  const whole = { ...instance, disks_info: [...instance.disks_info, second] };
  await node.start(whole);
  return () => node.shutdown(whole);
}

describeAsRoot('a daemon with a /dev in which there are no loop devices', () => {
  const { node, run } = useContainer();
  afterEach(() => run('rm -f /dev/loop*'));

  it('makes the nodes that it needs, for root alone and with the right numbers', async () => {
    const shutdown = await startWithTwoDisks(node());
    const nodes = await run('cd /dev; stat -c "%n %F %a %u:%g %Hr:%Lr" loop*');
    const [control, ...loops] = nodes.trim().split('\n');
    expect(control).to.equal('loop-control character special file 600 0:0 10:237');
    expect(loops.length).to.be.least(2);
    for (const loop of loops) {
      const [name = ''] = loop.split(' ');
      const number = (await run(`cat /sys/block/${name}/dev`)).trim();
      expect(loop).to.equal(`${name} block special file 600 0:0 ${number}`);
    }
    await shutdown();
  });

  it('uses no node that is about another device', async () => {
    await run('for i in $(seq 0 255); do mknod -m 600 "/dev/loop$i" b 7 $((i + 1000)); done');
    const { message } = await failureOf(startWithTwoDisks(node()));
    expect(message).to.match(/\/dev\/loop(\d+) is not the block device 7:\1 of that name$/);
  });
});

describeAsRoot('a daemon with such a /dev that may not make nodes', () => {
  const wrapper = ['setpriv', '--inh-caps=-mknod', '--bounding-set=-mknod'];
  const { node } = useContainer({ wrapper });

  it('says which node is missing, and does not blame the disk', async () => {
    const { message } = await failureOf(startWithTwoDisks(node()));
    expect(message).to.match(
      /: no loop device is available: \/dev\/loop-control is missing, and can't be made: Operation not permitted$/,
    );
  });
});
