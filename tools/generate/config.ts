import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { compile } from 'json-schema-to-typescript';

/** What is used here of the configuration's schema (etc/chroot-noded.schema.json). */
interface ConfigSchema {
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, ConfigSchema>>;
}

const HEADER = '/* Generated from etc/chroot-noded.schema.json by `npm run generate`. */\n\n';

/** The TypeScript source of src/generated/config.ts: the type of the configuration file. */
export async function configTypes(schemaText: string): Promise<string> {
  const schema = JSON.parse(schemaText) as object;
  const types = await compile(schema, 'NodedConfig', { bannerComment: '', format: false });
  return HEADER + types;
}

/** What ajv's code says where it wants a helper of ajv's. */
const HELPER = /const (\w+) = require\("([^"]+)"\)\.default;/g;

/** The source of src/generated/config-validator.js: what ajv makes of the schema, so that no start has to wait for it. */
export function configValidator(schemaText: string): string {
  const ajv = new Ajv2020({ allErrors: true, code: { source: true, esm: true } });
  const validate = ajv.compile(JSON.parse(schemaText) as object);
  const code = standaloneCode.default(ajv, validate);
  const imports = [...code.matchAll(HELPER)].map(
    ([, name = '', path = '']) => `import ${name}Module from '${path}.js';\n`,
  );
  const body = code
    .replace('"use strict";', '')
    .replace(/export const validate = (\w+);export default \w+;/, TYPED_EXPORT)
    .replace(HELPER, 'const $1 = $1Module.default;');
  return HEADER + imports.join('') + body;
}

/** TypeScript makes the declarations of the file from this. */
const TYPED_EXPORT = `
/** @type {import('ajv').ValidateFunction<import('./config.js').NodedConfig>} */
export const validate = $1;
`;

/** The TypeScript source of src/generated/config-defaults.ts: the defaults of each section. */
export function configDefaults(schemaText: string): string {
  const { properties = {} } = JSON.parse(schemaText) as ConfigSchema;
  const sections = Object.entries(properties).flatMap(([name, section]) => {
    const defaults = Object.entries(section.properties ?? {}).flatMap(([member, schema]) =>
      'default' in schema ? [[member, schema.default]] : [],
    );
    return defaults.length > 0 ? [[name, Object.fromEntries(defaults)]] : [];
  });
  return `${HEADER}/** The defaults of the configuration, by section. */
export const CONFIG_DEFAULTS = ${JSON.stringify(Object.fromEntries(sections))} as const;
`;
}

/** The text of docs/configuration.md: a table for each section of the configuration file. */
export function configPage(schemaText: string): string {
  const schema = JSON.parse(schemaText) as ConfigSchema;
  const sections = Object.entries(schema.properties ?? {}).filter(
    ([, { properties }]) => properties !== undefined,
  );
  return `# Configuration

<!-- Generated from etc/chroot-noded.schema.json by npm run generate. -->

${schema.description ?? ''}
The file is JSON: \`chroot-noded.json\` in Ganeti's configuration directory, or the file given by \`--config\`. An unknown
setting is an error, and the daemon does not start.

${sections.map(([name, section]) => sectionOf(name, section)).join('\n')}`;
}

function sectionOf(name: string, { description, properties = {} }: ConfigSchema): string {
  const rows = Object.entries(properties).map(
    ([member, { description: text = '', default: value }]) =>
      `| \`${name}.${member}\` | ${text.replaceAll('|', '\\|')} | ${defaultText(value)} |`,
  );
  return `## ${name}

${description ?? ''}

| Setting | Meaning | Default |
| --- | --- | --- |
${rows.join('\n')}
`;
}

function defaultText(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map(defaultText).join(', ');
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
