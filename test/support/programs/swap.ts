import { renameSync } from 'node:fs';

/** swap.js A B: puts what is called B in the place of A and back again, as fast as it can, until it is killed. */
const [a = '', b = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
for (;;) {
  rename(a, `${a}.away`);
  rename(b, a);
  rename(a, b);
  rename(`${a}.away`, a);
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // Whatever is unmounted or in use by now: on with the next.
    return;
  }
}
