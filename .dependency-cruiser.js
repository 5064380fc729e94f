/**
 * What may import what: each directory of `src/` names those below it that it may import. `docs/architecture.md` draws it;
 * the `tsconfig.json` of each has the compiler hold it, too.
 */
const layers = {
  generated: [],
  base: ['generated'],
  client: ['base', 'generated'],
  system: ['base'],
  ganeti: ['base', 'system'],
  config: ['base', 'generated', 'system', 'ganeti'],
  storage: ['base', 'generated', 'system', 'ganeti'],
  hypervisor: ['base', 'generated', 'system', 'ganeti'],
  os: ['base', 'generated', 'system', 'ganeti', 'storage'],
  node: ['base', 'generated', 'system', 'ganeti', 'storage'],
  instance: ['base', 'generated', 'system', 'ganeti', 'storage', 'hypervisor', 'os'],
  calls: [
    'base',
    'generated',
    'system',
    'ganeti',
    'storage',
    'hypervisor',
    'os',
    'node',
    'instance',
  ],
  rpc: ['base', 'generated', 'system'],
  doctor: ['base', 'generated', 'system', 'ganeti', 'config', 'storage', 'node'],
};

/** Packages with one home: nobody else imports them. */
const homes = {
  execa: ['system'],
  koffi: ['system'],
  'sonic-boom': ['system'],
  jayson: ['rpc'],
  ajv: ['rpc', 'config', 'generated'],
};

/** @param {string[]} names */
const oneOf = (names) => `(?:${names.join('|')})`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Two files that import each other are one thing in two places.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...Object.entries(layers).map(([layer, below]) => ({
      name: `layer-${layer}`,
      comment: `src/${layer} may import ${below.length === 0 ? 'no other directory' : below.join(', ')}: imports point down.`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: '^(?:src|tools|test)/', pathNot: `^src/${oneOf([layer, ...below])}/` },
    })),
    {
      name: 'source-on-its-own',
      comment: 'What is installed needs neither tools nor tests.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(?:tools|test)/' },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What tests and tools share is in tools/kit.',
      severity: 'error',
      from: { path: '^tools/' },
      to: { path: '^test/' },
    },
    ...Object.entries(homes).map(([name, directories]) => ({
      name: `home-of-${name}`,
      comment: `Only src/${directories.join(' and src/')} may import ${name}.`,
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/${oneOf(directories)}/` },
      to: { path: `^node_modules/${name}/` },
    })),
    {
      name: 'client-on-its-own',
      comment: 'Programs of others use the client: no package comes along.',
      severity: 'error',
      from: { path: '^src/(?:base|client|generated)/', pathNot: '^src/generated/config' },
      to: { path: '^node_modules/' },
    },
    {
      name: 'programs-by-system',
      comment: 'Programs are started by src/system/command only.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/system/' },
      to: { path: '^(?:node:)?child_process$' },
    },
    {
      name: 'found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },

    // Imports of types only are imports, too.
    tsPreCompilationDeps: true,
  },
};
