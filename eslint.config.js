import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Imports point down; each of these says what a folder may not import. */
const layers = [
  {
    folder: 'system',
    forbidden: [
      'main',
      'rpc',
      'calls',
      'instance',
      'os',
      'node',
      'hypervisor',
      'storage',
      'config',
    ],
  },
  {
    folder: 'storage',
    forbidden: ['main', 'rpc', 'calls', 'instance', 'os', 'node', 'hypervisor'],
  },
  { folder: 'hypervisor', forbidden: ['main', 'rpc', 'calls', 'instance', 'os', 'node'] },
  { folder: 'os', forbidden: ['main', 'rpc', 'calls', 'instance', 'node', 'hypervisor'] },
  { folder: 'node', forbidden: ['main', 'rpc', 'calls', 'instance', 'os'] },
  { folder: 'instance', forbidden: ['main', 'rpc', 'calls', 'node'] },
  { folder: 'calls', forbidden: ['main', 'rpc'] },
  { folder: 'rpc', forbidden: ['main'] },
];

/** Packages with one home: nobody else imports them. */
const homes = { execa: ['system'], koffi: ['system'], jayson: ['rpc'], ajv: ['rpc', 'config'] };

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
            ...forbidden.map((name) => ({
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
  ...layers.map(({ folder, forbidden }) => forbiddenImports(folder, forbidden)),
);
