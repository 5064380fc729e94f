import { readdirSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import simpleImportSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

/** As many files as one can take in at a glance. */
const MAX_FILES = 14;

/** Rules of this project. */
const local = {
  rules: {
    'directory-size': {
      meta: {
        type: 'suggestion',
        schema: [],
        messages: { full: '{{path}} has {{count}} files: more than {{max}} is too much to read.' },
      },
      /** @param {import('eslint').Rule.RuleContext} context */
      create: (context) => ({
        Program(node) {
          const path = dirname(context.filename);
          const count = readdirSync(path, { withFileTypes: true }).filter((entry) =>
            entry.isFile(),
          ).length;
          const data = { path: relative(import.meta.dirname, path), count, max: MAX_FILES };
          if (count > MAX_FILES) context.report({ node, messageId: 'full', data });
        },
      }),
    },
  },
};

/** What changes files: outside of `src/system` by its functions only, each of which says when the step is done. */
const FILE_CHANGES = [
  ...[
    'appendFile',
    'chmod',
    'chown',
    'copyFile',
    'cp',
    'lchown',
    'link',
    'lutimes',
    'mkdir',
    'mkdtemp',
    'rename',
    'rm',
  ],
  ...['rmdir', 'symlink', 'truncate', 'unlink', 'utimes', 'writeFile'],
];

/** Where the machine's clocks are read; anything else is handed one, so that tests need not wait. */
const CLOCKS = ['base/clock', 'system/file/cached-file'];
const BY_CLOCK =
  'Ask a Clock: wallTime() for what is written down, monotonicMs() for how long something takes.';

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
    plugins: { local, 'simple-import-sort': simpleImportSort },
    rules: {
      'simple-import-sort/imports': [
        'error',
        { groups: [['^\\u0000', '^node:', '^@?\\w', '^\\.']] },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
    },
  },
  { files: ['src/**', 'tools/**', 'test/**'], rules: { 'local/directory-size': 'error' } },
  { files: ['*.js'], extends: [tseslint.configs.disableTypeChecked] },
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
    ignores: CLOCKS.map((name) => `src/${name}.ts`),
    rules: {
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: BY_CLOCK }],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(NewExpression, CallExpression)[callee.name="Date"][arguments.length=0]',
          message: BY_CLOCK,
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/system/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:fs', 'node:fs/promises'].map((name) => ({
            name,
            importNames:
              name === 'node:fs' ? FILE_CHANGES.map((change) => `${change}Sync`) : FILE_CHANGES,
            message: 'Files are changed by src/system/file only.',
          })),
        },
      ],
    },
  },
);
