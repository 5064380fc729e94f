import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What builds things, and what calls a daemon, is at the top: nothing below may import it. */
const composition = [
  'main',
  'daemon',
  'agent',
  'nodectl',
  'client',
  'parts',
  'state-dir',
  'doctor',
];

/** Imports point down; each of these says what else a folder may not import. */
const layers = [
  {
    folder: 'system',
    forbidden: [
      ...['rpc', 'calls', 'instance', 'os', 'node', 'hypervisor', 'storage', 'config', 'ganeti'],
    ],
  },
  {
    folder: 'ganeti',
    forbidden: ['rpc', 'calls', 'instance', 'os', 'node', 'hypervisor', 'storage', 'config'],
  },
  {
    folder: 'storage',
    forbidden: ['rpc', 'calls', 'instance', 'os', 'node', 'hypervisor'],
  },
  { folder: 'hypervisor', forbidden: ['rpc', 'calls', 'instance', 'os', 'node'] },
  { folder: 'os', forbidden: ['rpc', 'calls', 'instance', 'node', 'hypervisor'] },
  { folder: 'node', forbidden: ['rpc', 'calls', 'instance', 'os'] },
  { folder: 'instance', forbidden: ['rpc', 'calls', 'node'] },
  { folder: 'calls', forbidden: ['rpc'] },
  { folder: 'rpc', forbidden: [] },
];

/** Packages with one home: nobody else imports them. */
const homes = {
  execa: ['system'],
  koffi: ['system'],
  'sonic-boom': ['system'],
  jayson: ['rpc'],
  ajv: ['rpc', 'config'],
};

/**
 * Where the time of day may be asked: for what is written down or compared with a date. It can be set, forwards and back,
 * so that no time limit may go by it.
 */
const timeOfDay = [
  'hypervisor/chroot/init-script',
  'instance/reason-trail',
  'node/files/backup',
  'node/membership/client-certificate',
  'parts/*',
  'rpc/peers/peer-rule',
  'system/kernel/machine',
  'system/file/cached-file',
];
const MONOTONIC = 'How long something takes is measured with performance.now(): Date can be set.';

/** @param {string} folder @param {string[]} forbidden */
function forbiddenImports(folder, forbidden) {
  const packages = Object.entries(homes).filter(([, folders]) => !folders.includes(folder));
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...[...composition, ...forbidden].map((name) => ({
              group: [`**/${name}/*`, `**/${name}.js`],
              message: `src/${folder} may not import src/${name}: imports point down.`,
            })),
            ...packages.map(([name, folders]) => ({
              group: [name, `${name}/*`],
              message: `Only src/${folders.join(' and src/')} may import ${name}.`,
            })),
          ],
        },
      ],
    },
  };
}

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'src/generated/'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
    },
  },
  {
    // winston's transports are declared apart from the class that they extend.
    files: ['src/logging.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: timeOfDay.map((name) => `src/${name}.ts`),
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: MONOTONIC },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(NewExpression, CallExpression)[callee.name="Date"][arguments.length=0]',
          message: MONOTONIC,
        },
      ],
    },
  },
  {
    // Programs of others use it: nothing of the daemon comes along.
    files: ['src/client/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!node:|\\./|\\.\\./generated/|\\.\\./json-strings\\.js$)',
              message: 'src/client may import nothing but src/generated and src/base/json-strings.',
            },
          ],
        },
      ],
    },
  },
  ...layers.map(({ folder, forbidden }) => forbiddenImports(folder, forbidden)),
);
