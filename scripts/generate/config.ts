import { compile } from 'json-schema-to-typescript';

/** What is used here of the configuration's schema (etc/chroot-noded.schema.json). */
interface ConfigSchema {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ConfigSchema>>;
}

const HEADER = '/* Generated from etc/chroot-noded.schema.json by `npm run generate`. */\n\n';

/** The TypeScript source of src/generated/config.ts: the type of the configuration file. */
export async function configTypes(schemaText: string): Promise<string> {
  const schema = JSON.parse(schemaText) as object;
  const types = await compile(schema, 'NodedConfig', { bannerComment: '', format: false });
  return HEADER + types;
}

/** The text of docs/configuration.md: a table for each section of the configuration file. */
export function configPage(schemaText: string): string {
  const schema = JSON.parse(schemaText) as ConfigSchema;
  const sections = Object.entries(schema.properties ?? {}).filter(
    ([, { properties }]) => properties !== undefined,
  );
  return `# Configuration

<!-- Generated from etc/chroot-noded.schema.json by npm run generate. -->

${schema.description ?? ''} The file is JSON: \`chroot-noded.json\` in Ganeti's configuration folder, or the one that
\`--config\` names. Anything in it that is not described here is an error, and the daemon does not start.

${sections.map(([name, section]) => sectionOf(name, section)).join('\n')}`;
}

function sectionOf(name: string, { description, properties = {} }: ConfigSchema): string {
  const rows = Object.entries(properties).map(
    ([member, { description: text = '' }]) =>
      `| \`${name}.${member}\` | ${text.replaceAll('|', '\\|')} |`,
  );
  return `## ${name}

${description ?? ''}

| member | meaning |
| --- | --- |
${rows.join('\n')}
`;
}
