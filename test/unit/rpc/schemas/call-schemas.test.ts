import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { packageRoot } from '../../../../src/base/package-root.js';
import { CallSchemas } from '../../../../src/rpc/schemas/call-schemas.js';

describe('CallSchemas', () => {
  const schemas = CallSchemas.load();

  it('knows the calls that are served, sorted', () => {
    const names = schemas.names();
    expect(names).to.include.members(['instance_start', 'node_info', 'hypervisor_verify']);
    expect(names).to.deep.equal([...names].sort());
  });

  it('gives a call with its parameters in order', () => {
    const call = schemas.get('instance_shutdown');
    expect(call?.params.map(({ name }) => name)).to.deep.equal(['instance', 'timeout', 'reason']);
    expect(call).to.include({ changes: true, source: 'Ganeti: backend.InstanceShutdown' });
  });

  it('says where a body is an array, and where it is the parameter itself', () => {
    expect(schemas.get('instance_start')?.body).to.equal('array');
    expect(schemas.get('instance_console_info')?.body).to.equal('whole');
  });

  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', ''])
    it(`finds no call by the name '${name}'`, () => {
      expect(schemas.get(name)).to.be.undefined;
      expect(schemas.objects.get(name)).to.be.undefined;
    });

  it('loads a directory given as a path or as a URL', () => {
    const directory = join(packageRoot(), 'rpc-schema');
    expect(CallSchemas.load(directory).names()).to.deep.equal(schemas.names());
    expect(CallSchemas.load(pathToFileURL(directory)).names()).to.deep.equal(schemas.names());
  });
});
