/**
 * Loaded into the daemon's process before the daemon itself: on SIGUSR2 it has all garbage collected and writes down what is
 * left. Without that, how much memory a process has tells when the collector ran last rather than what leaks.
 */
import { renameSync, writeFileSync } from 'node:fs';

const file = process.env['SOAK_MEMORY_FILE'] ?? '';

process.on('SIGUSR2', () => {
  globalThis.gc?.();
  // Whole at once: it is waited for.
  writeFileSync(`${file}.new`, JSON.stringify(process.memoryUsage()));
  renameSync(`${file}.new`, file);
});
