import type { MeantDifference } from './meant-difference.js';

const NO_NUMBERS = 'Errors of the system have no number, and do not say the path again.';
const NO_LINE_BREAK = 'What a program said is quoted without the line break at its end.';

export const NODE_DIFFERENCES: readonly MeantDifference[] = [
  {
    exchanges: ['exchanges/export_remove.jsonl:1'],
    path: '/1',
    ours: 'Error while removing the export: No such file or directory',
    reason: NO_NUMBERS,
  },
  {
    exchanges: ['exchanges/x509_cert_remove.jsonl:2'],
    path: '/1',
    ours: "Cannot remove certificate directory '/var/run/ganeti/crypto/x509-2026-11-23_00_20_44-k2m8x1qe': No such file or directory",
    reason: NO_NUMBERS,
  },
  {
    exchanges: ['exchanges/node_deactivate_master_ip.jsonl:2'],
    path: '/1',
    ours: "Failed to stop the master IP. Script return value: 3, output: 'no such device'",
    reason: NO_LINE_BREAK,
  },
];
