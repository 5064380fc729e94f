import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { CallSchemas } from '../../../src/rpc/schemas/call-schemas.js';
import { callSchemaWithKinds, failureTable } from '../../../tools/generate/failures.js';
import { referencePage } from '../../../tools/generate/reference.js';
import { callTypes, objectTypes } from '../../../tools/generate/types.js';

const disk = {
  title: 'Disk',
  description: 'A disk.',
  type: 'object',
  properties: { children: { type: 'array', items: { $ref: 'disk.json' } } },
};

const grow = {
  name: 'grow',
  summary: 'Grow a disk.',
  source: 'chroot-noded',
  changes: true,
  params: [
    { name: 'disk', description: 'It.', schema: { $ref: '../objects/disk.json' } },
    { name: 'sizes', description: 'Sizes.', schema: { type: ['array', 'null'], items: {} } },
    { name: 'mode', description: 'How.', schema: { enum: ['a', 'b'] }, optional: true },
  ],
  result: { description: 'Nothing.', schema: { type: 'null' } },
  errors: [{ kind: 'busy', when: 'Often.' }],
};

describe('The generator', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rpc-schema-'));
    write('calls/grow.json', grow);
    write('objects/disk.json', disk);
    write('errors.json', {
      busy: {
        code: 7,
        name: 'Busy',
        message: 'Busy',
        description: 'Too much to do.',
        from: 'any call',
      },
      'parse-error': {
        code: 8,
        name: 'ParseError',
        message: 'No JSON',
        description: 'Not JSON.',
        from: 'wire',
      },
    });
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function write(file: string, content: unknown): void {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), JSON.stringify(content));
  }

  it('writes parameters as labelled tuples', async () => {
    expect(await callTypes(CallSchemas.load(directory))).to.match(
      /grow: \{ params: \[disk: Disk, sizes: \(?unknown\[\] \| null\)?, mode\?: \("a" \| "b"\)\]; result: null \}/,
    );
  });

  it('declares each object once, also one that refers to itself', async () => {
    const source = await objectTypes(CallSchemas.load(directory));
    expect(source.match(/export interface Disk/g)).to.have.lengthOf(1);
    expect(source).to.contain('children?: Disk[]');
  });

  it('refuses objects of the same title, and references to none', async () => {
    write('objects/nic.json', disk);
    expect(await failureOf(objectTypes(CallSchemas.load(directory)))).to.contain('the same title');
    write('objects/nic.json', { title: 'Nic', properties: { ip: { $ref: 'ip.json' } } });
    expect(await failureOf(objectTypes(CallSchemas.load(directory)))).to.contain('no object ip');
  });

  it('writes the kinds of failures as types, a table, and what a call may name', () => {
    const loaded = CallSchemas.load(directory);
    const source = failureTable(loaded);
    expect(source).to.contain("type FailureKind = 'busy';");
    expect(source).to.contain("type WireFailureKind = 'parse-error';");
    expect(source).to.contain('"busy": {"code":7,"name":"Busy","message":"Busy"},');
    const schema = { properties: { kind: { type: 'string', enum: ['old'] } } };
    expect(JSON.parse(callSchemaWithKinds(JSON.stringify(schema), loaded))).to.deep.equal({
      properties: { kind: { type: 'string', enum: ['busy'] } },
    });
  });

  it('writes a reference page of calls, objects and errors', () => {
    const page = referencePage(CallSchemas.load(directory));
    expect(page).to.contain('Grow a disk.\n\nChanges the node. Source: chroot-noded.');
    expect(page).to.contain('| `mode` | `"a"` or `"b"` | How. Optional. |');
    expect(page).to.contain('| `children` | array of [Disk](#disk) |');
    expect(page).to.contain('| `busy` | 7 | Too much to do. | any request |');
  });
});

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return '';
  } catch (error) {
    return String(error);
  }
}
