import { expect } from 'chai';
import { describe, it } from 'mocha';
import { NodeError } from '../../../../src/base/errors.js';
import { type CallSchema, CallSchemas } from '../../../../src/rpc/schemas/call-schemas.js';
import {
  type ParameterProblem,
  ParameterValidator,
} from '../../../../src/rpc/schemas/parameter-validator.js';

const schemas = CallSchemas.load();
const validator = new ParameterValidator(schemas);

const disk = {
  dev_type: 'file',
  logical_id: ['loop', '/srv/ganeti/file-storage/inst1.example.com/disk0'],
  size: 64,
  mode: 'rw',
};

const instance = {
  name: 'inst1.example.com',
  os: 'busybox+default',
  hypervisor: 'chroot',
  hvparams: { init_script: '/ganeti-chroot' },
  beparams: { maxmem: 16, minmem: 16, vcpus: 1 },
  nics: [{ mac: 'aa:00:00:42:da:28', ip: null }],
  disks_info: [disk],
  something_new: 'of a later version',
};

const reason = [['gnt:client:gnt-instance', 'start', 1795393037665283584]];

function call(name: string): CallSchema {
  const schema = schemas.get(name);
  if (!schema) throw new Error(`No call ${name}`);
  return schema;
}

/** What is said of the parameters, or undefined if nothing is wrong with them. */
function refusal(name: string, params: readonly unknown[]): NodeError | undefined {
  return failureOf(() => {
    validator.validate(call(name), params);
  });
}

function failureOf(action: () => void): NodeError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof NodeError && error.kind === 'invalid-params') return error;
    throw error;
  }
}

function problems(error: NodeError | undefined): ParameterProblem[] {
  return (error?.data['errors'] ?? []) as ParameterProblem[];
}

function startWith(change: object): NodeError | undefined {
  return refusal('instance_start', [{ ...instance, ...change }, false, reason]);
}

describe('ParameterValidator.validate', () => {
  it('accepts what the schema asks for, and more in the objects of the master', () => {
    expect(startWith({})).to.be.undefined;
  });

  it('names the parameter, the rule and the place in it', () => {
    const error = startWith({ disks_info: [disk, { ...disk, size: '64' }] });
    expect(error?.message).to.equal(
      'Invalid parameters for instance_start: /instance_hvp_bep/disks_info/1/size must be integer',
    );
    expect(problems(error)).to.deep.equal([
      {
        path: '/instance_hvp_bep/disks_info/1/size',
        rule: 'type',
        message: 'must be integer',
        params: { type: 'integer' },
      },
    ]);
  });

  it('asks for an init_script if, and only if, the hypervisor is chroot', () => {
    expect(startWith({ hvparams: {} })?.message).to.equal(
      "Invalid parameters for instance_start: /instance_hvp_bep/hvparams must have required property 'init_script'",
    );
    expect(startWith({ hypervisor: 'kvm', hvparams: {} })).to.be.undefined;
  });

  it('asks for a migration_mode if, and only if, the hypervisor is fake', () => {
    expect(startWith({ hypervisor: 'fake', hvparams: { migration_mode: 'live' } })).to.be.undefined;
    expect(startWith({ hypervisor: 'fake', hvparams: {} })?.message).to.equal(
      "Invalid parameters for instance_start: /instance_hvp_bep/hvparams must have required property 'migration_mode'",
    );
    expect(
      startWith({ hypervisor: 'fake', hvparams: { migration_mode: 'sideways' } })?.message,
    ).to.equal(
      'Invalid parameters for instance_start: /instance_hvp_bep/hvparams/migration_mode must be equal to one of the allowed values',
    );
  });

  it('takes any object to be parameters whose check is what is asked for', () => {
    expect(refusal('hypervisor_validate_params', ['chroot', {}])).to.be.undefined;
    expect(refusal('hypervisor_validate_params', ['chroot', []])).to.be.an('error');
  });

  const wrongInstances: Record<string, object> = {
    'hvparams missing': { hvparams: undefined },
    'hvparams null': { hvparams: null },
    'init_script a number': { hvparams: { init_script: 1 } },
    'init_script relative': { hvparams: { init_script: 'ganeti-chroot' } },
    'init_script with NUL': { hvparams: { init_script: '/a\0b' } },
    'no disks_info': { disks_info: undefined },
    'a disk that is a name': { disks_info: ['disk0'] },
    'a disk mode that does not exist': { disks_info: [{ ...disk, mode: 'w' }] },
    'a negative size': { disks_info: [{ ...disk, size: -1 }] },
    'half a MiB': { disks_info: [{ ...disk, size: 0.5 }] },
    'a bad disk within a disk': { disks_info: [{ ...disk, children: [{}] }] },
    'memory as a string': { beparams: { maxmem: '16' } },
    'a nic without a mac': { nics: [{}] },
    'an OS parameter that is a number': { osparams: { size: 1 } },
    'a truthy name': { name: ['inst1'] },
  };
  for (const [what, change] of Object.entries(wrongInstances))
    it(`refuses an instance with ${what}`, () => {
      expect(startWith(change)).to.be.an('error');
    });

  const wrongNames: Record<string, string> = {
    empty: '',
    'a dot': '.',
    'two dots': '..',
    'a path': 'a/b',
    'a path upwards': '../inst1',
    'with a newline': 'inst1\n',
    'with NUL': 'inst1\0',
    'with a space': 'inst 1',
    'with a letter beyond ASCII': 'ïnst1',
    'of 241 characters': 'a'.repeat(241),
  };
  for (const [what, name] of Object.entries(wrongNames))
    it(`refuses an instance's name that is ${what}`, () => {
      const [problem] = problems(refusal('instance_usage', [name]));
      expect(problem).to.include({ path: '/instance_name', rule: 'pattern' });
      expect(startWith({ name })).to.be.an('error');
    });

  for (const name of ['a', '...', '..a', 'inst1.example.com', 'a'.repeat(240)])
    it(`accepts the name ${name.slice(0, 20)}`, () => {
      expect(refusal('instance_usage', [name])).to.be.undefined;
    });

  it('refuses names of instances that are keys, and says which', () => {
    const [problem] = problems(refusal('instance_console_info', [{ 'a/b': {} }]));
    expect(problem).to.include({ path: '/instance_param_dict/a~1b', rule: 'pattern' });
  });

  it('refuses too few and too many parameters, and says how many are expected', () => {
    expect(refusal('instance_shutdown', [instance, 120])?.message).to.equal(
      'Invalid parameters for instance_shutdown: expected 3 parameters (instance, timeout, reason), got 2',
    );
    expect(refusal('instance_shutdown', [instance, 120, reason, 1])?.message).to.contain(', got 4');
    expect(refusal('version', [1])?.message).to.contain('expected 0 parameters, got 1');
    expect(refusal('version', [])).to.be.undefined;
  });

  const wrongTimeouts = [-1, 86401, '120', null, true, Number.NaN];
  for (const timeout of wrongTimeouts)
    it(`refuses a timeout of ${JSON.stringify(timeout)}`, () => {
      const error = refusal('instance_shutdown', [instance, timeout, reason]);
      expect(problems(error)[0]?.path).to.equal('/timeout');
    });

  it('leaves a negative delay to the call, which has its own answer, but no long one', () => {
    expect(refusal('test_delay', [-1])).to.be.undefined;
    expect(refusal('test_delay', [3601])).to.be.an('error');
  });

  it('refuses entries of the reason trail which are too short or too long', () => {
    expect(refusal('instance_shutdown', [instance, 1, [['a', 'b']]])).to.be.an('error');
    expect(refusal('instance_shutdown', [instance, 1, [['a', 'b', 1, 2]]])).to.be.an('error');
    expect(refusal('instance_shutdown', [instance, 1, []])).to.be.undefined;
  });

  it('holds a device against the schema of its kind', () => {
    const hotplug = (device: object): NodeError | undefined =>
      refusal('hotplug_device', [instance, 'hotadd', 'disk', device, null, 0]);
    expect(hotplug(disk)).to.be.undefined;
    expect(hotplug({ mac: 'aa:00:00:42:da:28' })).to.be.undefined;
    const found = problems(hotplug({ ...disk, size: 'big' }));
    expect(found).to.have.lengthOf(1);
    expect(found[0]).to.include({ path: '/device/size', rule: 'type' });
  });

  it('does not take members from a prototype for parameters', () => {
    const params: unknown = JSON.parse('{"__proto__": {"init_script": "/ganeti-chroot"}}');
    expect(startWith({ hvparams: params })).to.be.an('error');
  });

  it('refuses what is nested deeper than the stack, and goes on', () => {
    let nested: object = disk;
    for (let depth = 0; depth < 200_000; depth++) nested = { ...disk, children: [nested] };
    expect(refusal('blockdev_find', [nested])?.message).to.contain('nested too deeply');
    expect(refusal('blockdev_find', [disk])).to.be.undefined;
  });

  it('stops at the first of many problems', () => {
    expect(problems(startWith({ nics: Array(10_000).fill(0) }))).to.have.lengthOf(1);
  });

  it('never repeats a value, which may be a secret', () => {
    const error = startWith({ osparams_private: { password: ['s3cret'] } });
    expect(error?.message).to.contain('/osparams_private/password must be string');
    expect(JSON.stringify([error?.message, error?.data])).not.to.contain('s3cret');
  });

  it('shortens names which the caller made long', () => {
    const error = refusal('instance_console_info', [{ ['x'.repeat(100_000)]: {} }]);
    expect(error?.message).to.have.length.below(500);
  });
});

describe('ParameterValidator.toPositional', () => {
  const shutdown = call('instance_shutdown');

  function refusalByName(params: Record<string, unknown>): NodeError | undefined {
    return failureOf(() => {
      validator.toPositional(shutdown, params);
    });
  }

  it('puts parameters in their order', () => {
    const params = { reason, instance, timeout: 120 };
    expect(validator.toPositional(shutdown, params)).to.deep.equal([instance, 120, reason]);
  });

  it('refuses unknown names and missing ones, all in one answer', () => {
    const error = refusalByName({ instance, timeot: 120, reason });
    expect(error?.message).to.equal(
      'Invalid parameters for instance_shutdown: /timeot is no parameter',
    );
    expect(problems(error)).to.deep.equal([
      { path: '/timeot', rule: 'unknown', message: 'is no parameter' },
      { path: '/timeout', rule: 'missing', message: 'is missing' },
    ]);
  });

  for (const name of ['__proto__', 'constructor', 'toString'])
    it(`takes '${name}' for an unknown name, and never for a given one`, () => {
      const params = JSON.parse(`{"${name}": 1}`) as Record<string, unknown>;
      expect(problems(refusalByName(params))[0]).to.include({ path: `/${name}`, rule: 'unknown' });
      expect(
        validator.toPositional(
          { ...shutdown, params: [{ name, description: '', schema: {}, optional: true }] },
          {},
        ),
      ).to.deep.equal([]);
    });

  it('bounds its answer, however many and long the names are', () => {
    const names = Array.from({ length: 1000 }, (_, index) => [`${'x'.repeat(10_000)}${index}`, 1]);
    const error = refusalByName(Object.fromEntries(names) as Record<string, unknown>);
    expect(JSON.stringify(error?.data)).to.have.length.below(5000);
  });

  it('leaves out optional parameters at the end, but not before one that is given', () => {
    const optional = {
      ...shutdown,
      params: shutdown.params.map((param, index) =>
        index === 0 ? param : { ...param, optional: true as const },
      ),
    };
    expect(validator.toPositional(optional, { instance })).to.deep.equal([instance]);
    expect(
      failureOf(() => {
        validator.toPositional(optional, { instance, reason });
      })?.message,
    ).to.contain('/timeout is missing');
  });
});
