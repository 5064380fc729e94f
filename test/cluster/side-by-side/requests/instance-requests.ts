import { CHROOT_PARAMS, consoleRequest, instance, INSTANCE_NAME, STOPPED_NAME } from './objects.js';
import type { Requests } from './requests.js';

const ALL_PARAMS = { chroot: CHROOT_PARAMS };
const UNKNOWN = instance({ hypervisor: 'qemu', hvparams: {} });
const STOPPED = instance({ name: STOPPED_NAME });
const ABSENT = instance({ name: 'inst3.noded.test' });

/** All that is asked about instances and their hypervisor. */
export const INSTANCE_REQUESTS: Requests = {
  all_instances_info: {
    'of chroots': [['chroot'], ALL_PARAMS],
    'of chroots, asked twice': [['chroot', 'chroot'], ALL_PARAMS],
    'of no hypervisor': [[], {}],
    'of an unknown hypervisor': [['qemu'], { qemu: {} }],
    'without their parameters': [['chroot'], {}],
    'with a parameter too few': [['chroot']],
    'of a hypervisor that is a number': [[1], {}],
  },
  instance_list: {
    'of chroots': [['chroot'], ALL_PARAMS],
    'of no hypervisor': [[], {}],
    'of an unknown hypervisor': [['qemu'], { qemu: {} }],
    'without their parameters': [['chroot'], {}],
    'with a parameter too many': [['chroot'], ALL_PARAMS, 1],
    'of null': [null, ALL_PARAMS],
  },
  instance_info: {
    'of one that runs': [INSTANCE_NAME, 'chroot', CHROOT_PARAMS],
    'of one that is stopped': [STOPPED_NAME, 'chroot', CHROOT_PARAMS],
    'of one that is not there': ['inst3.noded.test', 'chroot', CHROOT_PARAMS],
    'of an unknown hypervisor': [INSTANCE_NAME, 'qemu', {}],
    'of a name that leads elsewhere': ['../../etc', 'chroot', CHROOT_PARAMS],
    'of a name that is absolute': ['/etc', 'chroot', CHROOT_PARAMS],
    'of a name that is a number': [1, 'chroot', CHROOT_PARAMS],
    'without parameters': [],
  },
  instance_migratable: {
    'of one that runs': [instance()],
    'of one that is stopped': [STOPPED],
    'of one that is not there': [ABSENT],
    'of an unknown hypervisor': [UNKNOWN],
    'of a name alone': [INSTANCE_NAME],
  },
  instance_get_migration_status: {
    'of one that runs': [instance()],
    'of one that is not there': [ABSENT],
    'of an unknown hypervisor': [UNKNOWN],
    'of nothing': [],
  },
  migration_info: {
    'of one that runs': [instance()],
    'of one that is not there': [ABSENT],
    'of an unknown hypervisor': [UNKNOWN],
    'of null': [null],
  },
  instance_console_info: {
    'of one that runs': () => ({ [INSTANCE_NAME]: consoleRequest(INSTANCE_NAME, {}) }),
    'with a port of the node': () => ({
      [INSTANCE_NAME]: consoleRequest(INSTANCE_NAME, { ssh_port: 22 }),
    }),
    'of one that is stopped': () => ({ [STOPPED_NAME]: consoleRequest(STOPPED_NAME, {}) }),
    'of an unknown hypervisor': () => ({
      [INSTANCE_NAME]: consoleRequest(INSTANCE_NAME, {}, { hypervisor: 'qemu' }),
    }),
    'of none': () => ({}),
    'of an array': [],
    'of one without its node': () => ({ [INSTANCE_NAME]: { instance: instance() } }),
  },
  hotplug_supported: {
    'of one that runs': [instance()],
    'of one that is not there': [ABSENT],
    'of an unknown hypervisor': [UNKNOWN],
    'of a number': [1],
  },
  hypervisor_validate_params: {
    'that are good': ['chroot', CHROOT_PARAMS],
    'with a relative path': ['chroot', { init_script: 'ganeti-chroot' }],
    'with a path that is not normal': ['chroot', { init_script: '/a/../b' }],
    'with a parameter that is unknown': ['chroot', { ...CHROOT_PARAMS, colour: 'red' }],
    'without a script': ['chroot', {}],
    'with a script that is a number': ['chroot', { init_script: 1 }],
    'of an unknown hypervisor': ['qemu', {}],
    'that are a text': ['chroot', 'init_script'],
  },
  hypervisor_verify: { 'of chroots': ['chroot', CHROOT_PARAMS] },
  instance_usage: { 'of one that is stopped': [STOPPED_NAME] },
  impexp_status: {
    'of one that is over': [['done']],
    'of one that has said nothing yet': [['silent']],
    'of one that is not there': [['missing']],
    'of several': [['missing', 'done', 'silent']],
    'of none': [[]],
    'of one that was cut short': [['torn']],
    'of a name that leads elsewhere': [['../../../etc']],
    'of a number': [[1]],
    'of a text': ['done'],
  },
};
