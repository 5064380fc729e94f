/** What OpenRPC's own programs make of the document. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import generator from '@open-rpc/generator';
import { parseOpenRPCDocument } from '@open-rpc/schema-utils-js';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import ts from 'typescript';
import { CallSchemas } from '../../../../src/rpc/schemas/call-schemas.js';
import { openRpcDocument } from '../../../../src/rpc/schemas/openrpc.js';

/** Compiling the client of 111 calls takes seconds, and more on a machine that is busy. */
const TIMEOUT_MS = 120_000;

const schemas = CallSchemas.load();

const CANNOT_FIND_MODULE = 2307;

/** What the compiler finds wrong in a file. The packages that it imports are not installed: what is theirs is `any`. */
function problemsOf(file: string): string[] {
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noImplicitAny: false,
    noEmit: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    skipLibCheck: true,
    types: [],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ code }) => code !== CANNOT_FIND_MODULE)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

describe("OpenRPC's own programs", function () {
  this.timeout(TIMEOUT_MS);
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'openrpc-'));
    file = join(directory, 'openrpc.json');
    await writeFile(file, JSON.stringify(openRpcDocument(schemas, '1.2.3')));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('replace all references by what they refer to', async () => {
    const { methods } = await parseOpenRPCDocument(file, {
      validate: true,
      dereference: true,
    });
    expect(methods).to.have.lengthOf(schemas.names().length);
    expect(JSON.stringify(methods)).not.to.contain('"$ref"');
  });

  it('generate a client that compiles', async () => {
    await generator.default({
      openrpcDocument: file,
      outDir: directory,
      components: [{ type: 'client', name: 'client', language: 'typescript' }],
    });
    const client = join(directory, 'client/typescript/src/index.ts');
    expect(ts.sys.readFile(client)).to.contain('public instance_start: InstanceStart');
    expect(problemsOf(client)).to.deep.equal([]);
  });
});
