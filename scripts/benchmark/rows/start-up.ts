import { restartDaemon } from '../daemon.js';
import { inTurn } from '../rounds.js';
import type { Row } from '../row.js';
import { median } from '../statistics.js';
import { partOfStock } from '../targets.js';

export const startUp: Row = {
  name: 'start-up',
  what: 'the daemon is killed and started as daemon-util starts it, until it answers version',
  async measure(bench) {
    const rounds = bench.quick ? 3 : 10;
    const times = await inTurn(rounds, ['stock', 'ours'], (name) => restartDaemon(bench[name]));
    const [stock, ours] = [median(times.stock), median(times.ours)];
    return [
      {
        what: `started to first answer, median of ${rounds}`,
        unit: 'ms',
        stock,
        ours,
        targets: [partOfStock(ours, stock, 2)],
      },
    ];
  },
};
