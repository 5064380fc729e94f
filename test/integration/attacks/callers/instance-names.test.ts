import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { it } from 'mocha';
import { JsonRpcError } from '../../../../src/client/client.js';
import type { Instance } from '../../../../src/generated/objects.js';
import { CallSchemas } from '../../../../src/rpc/schemas/call-schemas.js';
import { failureOf } from '../../../support/failure.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const BAD_NAMES = [
  '..',
  '.',
  '',
  '/',
  'a/b',
  '../inst1',
  'inst1/',
  '/etc',
  'a\0b',
  '\0',
  'a\nb',
  'inst1\n',
  'a b',
  'ä',
  'a:0',
  '*',
  '$(id)',
  'x'.repeat(241),
  'x'.repeat(256),
  'x'.repeat(100_000),
];
/** Found in the schema of a call that does. */
const TAKES_NAME =
  /objects\/(instance|instance-name|instance-config|console-request)\.json|"instance_name"/;

/** The parameters of every call that takes an instance or its name. */
function callsWith(instance: Instance, disk: unknown): Record<string, unknown[]> {
  const { name } = instance;
  const end = ['script', [disk, 0]];
  const console = { instance, node: {}, group: {}, hvParams: {}, beParams: {} };
  return {
    accept_instance: [instance, '', 'node2'],
    blockdev_assemble: [disk, instance, true, 0],
    blockdev_close: [name, [disk]],
    blockdev_create: [disk, 8, name, true, '', false],
    blockdev_open: [name, [disk], true],
    export_start: [{}, '127.0.0.1', 1, instance, 'disk0', end],
    finalize_export: [instance, [disk]],
    hotplug_device: [instance, 'hotadd', 'disk', disk, null, 1],
    hotplug_supported: [instance],
    import_start: [{}, instance, 'disk0', end],
    instance_balloon_memory: [instance, 1],
    instance_console_info: [{ [name]: console }],
    instance_finalize_migration_dst: [instance, '', true],
    instance_finalize_migration_src: [instance, true, true],
    instance_get_migration_status: [instance],
    instance_info: [name, 'chroot', instance.hvparams],
    instance_metadata_modify: [instance],
    instance_migratable: [instance],
    instance_migrate: ['cluster', instance, 'node2', true],
    instance_os_add: [instance, false, 0],
    instance_reboot: [instance, 'hard', 0, []],
    instance_run_rename: [instance, name, 0],
    instance_shutdown: [instance, 0, []],
    instance_start: [instance, false, []],
    instance_usage: [name],
    migration_info: [instance],
    os_export: [instance, {}],
    resize_disk: [instance, disk, 1024 * 1024],
  };
}

describeAsRoot('names that lead elsewhere', () => {
  const node = useNode();

  /** All that the daemon has on disk, and what it is; but for the pipes of scripts, which go a moment after these. */
  function tree(): string[] {
    const directory = node().stateDir;
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.startsWith('run/chroot-logs/'))
      .map((path) => `${path} ${lstatSync(join(directory, path)).mode}`)
      .sort();
  }

  it('are refused as the name of an instance by every call, and nothing is touched', async () => {
    const good = await node().makeDisk('inst1');
    await node().start(good);
    const before = tree();
    for (const name of BAD_NAMES)
      for (const [method, params] of Object.entries(
        callsWith({ ...good, name }, good.disks_info[0]),
      )) {
        // An empty one says that there are no links to remove.
        if (method === 'blockdev_close' && name === '') continue;
        const what = `${method} ${JSON.stringify(name.slice(0, 20))}`;
        const error = await failureOf(node().call(method, params));
        const problems = error instanceof JsonRpcError ? error.data['errors'] : [];
        const rules = (problems as { rule: string }[]).map(({ rule }) => rule);
        // Nothing else is wrong with the parameters.
        expect([...new Set(rules)], what).to.deep.equal(['pattern']);
      }
    expect(tree()).to.deep.equal(before);
    expect(await node().running()).to.deep.equal(['inst1']);
    await node().shutdown(good);
  });

  it('have been tried with every call that takes one', () => {
    const schemas = CallSchemas.load();
    const taking = schemas
      .names()
      .filter((name) => TAKES_NAME.test(JSON.stringify(schemas.get(name)?.params)));
    const tried = callsWith(node().instance('inst1'), node().disk('inst1'));
    expect(taking).to.deep.equal(Object.keys(tried).sort());
  });
});
