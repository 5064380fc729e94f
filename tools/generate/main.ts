/**
 * Writes what is made from rpc-schema and from the configuration's schema: types and pages. With `--check` it writes nothing, and fails if
 * a file is not what it would write.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { packageRoot } from '../../src/base/package-root.js';
import { CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import { callForms } from './call-forms.js';
import { configDefaults, configPage, configTypes, configValidator } from './config.js';
import { callSchemaWithKinds, failureTable } from './failures.js';
import { referencePage } from './reference.js';
import { callTypes, objectTypes } from './types.js';

const root = packageRoot();

const isCheck = process.argv.includes('--check');
const stale: string[] = [];
for (const [file, content] of await generatedFiles()) {
  if (content === (await currentContent(file))) continue;
  stale.push(file);
  if (!isCheck) await write(file, content);
}
report();

async function generatedFiles(): Promise<Map<string, string>> {
  const schemas = CallSchemas.load(join(root, 'rpc-schema'));
  const configSchema = await readFile(join(root, 'etc/chroot-noded.schema.json'), 'utf8');
  const callSchema = await readFile(join(root, 'rpc-schema/call.schema.json'), 'utf8');
  const files = new Map([
    ['src/generated/objects.ts', await objectTypes(schemas)],
    ['src/generated/calls.ts', await callTypes(schemas)],
    ['src/generated/call-forms.ts', callForms(schemas)],
    ['src/generated/failures.ts', failureTable(schemas)],
    ['rpc-schema/call.schema.json', callSchemaWithKinds(callSchema, schemas)],
    ['src/generated/config.ts', await configTypes(configSchema)],
    ['src/generated/config-defaults.ts', configDefaults(configSchema)],
    ['src/generated/config-validator.js', configValidator(configSchema)],
    ['docs/reference.md', referencePage(schemas)],
    ['docs/configuration.md', configPage(configSchema)],
  ]);
  for (const [file, content] of files) files.set(file, await formatted(file, content));
  return files;
}

async function formatted(file: string, content: string): Promise<string> {
  const filepath = join(root, file);
  return format(content, { ...(await resolveConfig(filepath)), filepath });
}

async function currentContent(file: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), content);
}

function report(): void {
  for (const file of stale)
    console.log(isCheck ? `${file} is stale: run npm run generate` : `${file} written`);
  if (isCheck && stale.length > 0) process.exitCode = 1;
}
