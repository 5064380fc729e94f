import { median } from '../report/statistics.js';
import { ratioToStock } from '../report/targets.js';
import { inTurn } from '../rounds.js';
import type { Row } from '../row.js';
import { restartDaemon } from '../subjects/daemon.js';
import { startLimit } from '../subjects/subjects.js';

export const startUp: Row = {
  name: 'start-up',
  what: 'the daemon is killed and started as daemon-util starts it, until it answers version',
  async measure(bench) {
    const rounds = bench.quick ? 3 : 10;
    const times = await inTurn(rounds, ['stock', 'ours', 'limit'], (name) =>
      name === 'limit' ? startLimit(bench.ours) : restartDaemon(bench[name]),
    );
    const [stock, ours, limit] = [median(times.stock), median(times.ours), median(times.limit)];
    return [
      {
        what: `started to first answer, median of ${rounds}`,
        unit: 'ms',
        stock,
        ours,
        limit,
        targets: [ratioToStock(ours, stock, 0.8)],
      },
    ];
  },
};
