import { expect } from 'chai';
import { describe, it } from 'mocha';
import { listingPlot, plotPoints } from '../../../../../tools/bench/report/plot.js';

const figure = (what: string, stock: number | undefined, ours: number, unit = 'ms') => ({
  what,
  unit,
  stock,
  ours,
  targets: [],
});

describe('plotPoints', () => {
  it('finds the listings among all figures, in the order of their sizes', () => {
    const figures = [
      figure('300 chroots listed', 36_000, 12),
      figure('throughput', 20, 400, 'calls/s'),
      figure('10 chroots listed', 0.36, 0.002, 's'),
      figure('10 unknown chroots listed', 360, 4),
    ];
    expect(plotPoints(figures)).to.deep.equal([
      { instances: 10, stockMs: 360, oursMs: 2 },
      { instances: 300, stockMs: 36_000, oursMs: 12 },
    ]);
  });

  it('leaves out what was measured on one side only', () => {
    expect(plotPoints([figure('10 chroots listed', undefined, 2)])).to.deep.equal([]);
  });
});

describe('listingPlot', () => {
  const points = [
    { instances: 10, stockMs: 100, oursMs: 1 },
    { instances: 100, stockMs: 1000, oursMs: 10 },
  ];

  it('draws both curves, a decade of the axis as long as any other', () => {
    const curves = [...listingPlot(points, '').matchAll(/<polyline points="([^"]+)"/g)];
    const corners = curves.map(([, list = '']) =>
      list.split(' ').map((corner) => corner.split(',').map(Number)),
    );
    expect(corners).to.deep.equal([
      [
        [80, 160],
        [580, 50],
      ],
      [
        [80, 380],
        [580, 270],
      ],
    ]);
  });

  it('names the decades of both axes', () => {
    const labels = [...listingPlot(points, '').matchAll(/>([^<>\n]+)<\/text>/g)].map(([, l]) => l);
    expect(labels).to.include.members(['1 ms', '10 ms', '100 ms', '1 s', '10', '100', 'instances']);
  });

  it('escapes what it is told', () => {
    expect(listingPlot(points, 'a < b & c')).to.include('a &lt; b &amp; c');
  });

  it('has an axis also when all values lie in one decade', () => {
    const svg = listingPlot([{ instances: 10, stockMs: 1, oursMs: 1 }], '');
    expect(svg).not.to.match(/NaN|Infinity/);
  });
});
