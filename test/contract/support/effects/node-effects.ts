import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { expect } from 'chai';
import type { ContractNode } from '../contract-node.js';
import type { Effects } from './effect.js';

type Content = readonly [encoding: 0 | 1, text: string];

/** Files, exports and programs of the node. */
export const NODE_EFFECTS: Effects = {
  upload_file: (_node, [upload]) => {
    expectContent(...(upload as [string, Content]));
  },
  upload_file_single: (_node, [path, content]) => {
    expectContent(path as string, content as Content);
  },
  write_ssconf_files: (node, [files]) => {
    for (const [name, lines] of Object.entries(files as Record<string, string[]>)) {
      const text = readFileSync(node.relocated(`/var/lib/ganeti/ssconf_${name}`), 'utf8');
      expect(text).to.equal(lines.map((line) => `${line}\n`).join(''));
    }
  },
  etc_hosts_modify: (node, [mode, host]) => {
    const text = readFileSync(node.relocated('/etc/hosts'), 'utf8');
    expect(text.includes(String(host))).to.equal(mode === 'add');
  },
  set_watcher_pause: (node, [until]) => {
    const path = node.relocated('/var/lib/ganeti/watcher.pause');
    const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    expect(text).to.equal(until === null ? undefined : `${Math.trunc(Number(until))}\n`);
  },
  jobqueue_update: (_node, [path, content]) => {
    expectContent(path as string, content as Content);
  },
  jobqueue_rename: (_node, [renames]) => {
    for (const pair of renames as [string, string][])
      expect(pair.map(existsSync)).to.deep.equal([false, true]);
  },
  jobqueue_purge: (node) => {
    expect(readdirSync(node.relocated('/var/lib/ganeti/queue'))).to.have.members(['lock']);
  },
  jobqueue_set_drain_flag: (node, [isDrained]) => {
    expect(existsSync(node.relocated('/var/lib/ganeti/queue/drain'))).to.equal(isDrained);
  },
  finalize_export: (node) => {
    const directory = exportDirectory(node);
    expect(readFileSync(join(directory, 'config.ini'), 'utf8')).to.match(/^\[export\]\n/);
    expect(existsSync(`${directory}.new`)).to.be.false;
  },
  export_remove: (node) => {
    expect(existsSync(exportDirectory(node))).to.be.false;
  },
  export_start: expectTransfer,
  import_start: expectTransfer,
  impexp_abort: (node, [name]) => {
    expect(existsSync(transferDirectory(node, name))).to.be.true;
  },
  impexp_cleanup: (node, [name]) => {
    expect(existsSync(transferDirectory(node, name))).to.be.false;
  },
  x509_cert_create: (node, _params, payload) => {
    const [name, certificate] = payload as [string, string];
    expect(readFileSync(join(cryptoDirectory(node), name, 'cert'), 'utf8')).to.equal(certificate);
    expect(existsSync(join(cryptoDirectory(node), name, 'key'))).to.be.true;
  },
  x509_cert_remove: (node) => {
    expect(readdirSync(cryptoDirectory(node))).to.deep.equal([]);
  },
  hooks_runner: (node, _params, payload) => {
    const started = (payload as [string, number][]).filter(([, status]) => status !== 0);
    for (const [script] of started) expect(node.ran).to.include(`/hooks/${script}`);
  },
  restricted_command: (node, [name]) => {
    expect(node.ran).to.include(`/restricted-commands/${String(name)}`);
  },
  run_oob: (node, [program, command, name]) => {
    expect(node.ran).to.include([program, command, name].join(' '));
  },
};

function expectContent(path: string, [encoding, text]: Content): void {
  const content = encoding === 0 ? Buffer.from(text) : inflateSync(Buffer.from(text, 'base64'));
  expect(readFileSync(path).equals(content)).to.be.true;
}

function expectTransfer(node: ContractNode, _params: readonly unknown[], payload: unknown): void {
  const directory = transferDirectory(node, payload);
  expect(readdirSync(directory)).to.include.members(['ca', 'pid']);
  expect(readFileSync(join(directory, 'ca'), 'utf8')).to.match(/^-----BEGIN CERTIFICATE-----/);
}

function transferDirectory(node: ContractNode, name: unknown): string {
  return node.relocated(`/var/run/ganeti/import-export/${String(name)}`);
}

function cryptoDirectory(node: ContractNode): string {
  return node.relocated('/var/run/ganeti/crypto');
}

function exportDirectory(node: ContractNode): string {
  return node.relocated('/var/lib/ganeti/export/inst1.lab.test');
}
