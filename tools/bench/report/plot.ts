import type { Figure } from '../row.js';

/** How long it takes to list so many instances. */
export interface PlotPoint {
  readonly instances: number;
  readonly stockMs: number;
  readonly oursMs: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The ends of an axis, both on a power of ten. */
interface Decades {
  readonly first: number;
  readonly last: number;
}

const WIDTH = 720;
const HEIGHT = 460;
const BOX: Box = { left: 80, right: 580, top: 50, bottom: 380 };
const CURVES = [
  { member: 'stockMs', name: 'Ganeti', color: '#c0392b' },
  { member: 'oursMs', name: 'chroot-noded', color: '#2471a3' },
] as const;
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000 };

/** The points among the figures: those that are called `N chroots listed`, in milliseconds or seconds. */
export function plotPoints(figures: readonly Figure[]): PlotPoint[] {
  const points = figures.flatMap(({ what, unit, stock, ours }) => {
    const instances = Number(/^(\d+) chroots listed$/.exec(what)?.[1]);
    const factor = MILLISECONDS[unit];
    if (!(instances > 0) || factor === undefined || stock === undefined) return [];
    return [{ instances, stockMs: stock * factor, oursMs: ours * factor }];
  });
  return points.toSorted((a, b) => a.instances - b.instances);
}

/**
 * A picture of the points, both axes logarithmic: what grows with the number is a straight line.
 *
 * @param caption where and when it was measured
 */
export function listingPlot(points: readonly PlotPoint[], caption: string): string {
  const x = decadesOf(points.map(({ instances }) => instances));
  const y = decadesOf(points.flatMap(({ stockMs, oursMs }) => [stockMs, oursMs]));
  const place = (instances: number, ms: number) => ({
    x: BOX.left + (BOX.right - BOX.left) * shareOf(instances, x),
    y: BOX.bottom - (BOX.bottom - BOX.top) * shareOf(ms, y),
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(BOX.left, 28, 'Time to list all instances, by their number', 'font-size="16"'),
    ...powers(y).map((ms) => horizontal(place(10 ** x.first, ms).y, durationText(ms))),
    ...powers(x).map((count) => vertical(place(count, 10 ** y.first).x, String(count))),
    ...CURVES.flatMap((curve) =>
      curveLines(
        points.map((point) => place(point.instances, point[curve.member])),
        curve,
      ),
    ),
    text((BOX.left + BOX.right) / 2, BOX.bottom + 40, 'instances', 'text-anchor="middle"'),
    text(BOX.left, HEIGHT - 14, caption, 'fill="#666" font-size="11"'),
    '</svg>',
  ].join('\n')}\n`;
}

function decadesOf(values: readonly number[]): Decades {
  const first = Math.floor(Math.log10(Math.min(...values)));
  return { first, last: Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)))) };
}

/** Where a value is on its axis, from 0 to 1. */
function shareOf(value: number, { first, last }: Decades): number {
  return (Math.log10(value) - first) / (last - first);
}

function powers({ first, last }: Decades): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

function durationText(ms: number): string {
  return ms >= 1000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(1))} ms`;
}

function horizontal(y: number, label: string): string {
  const line = `<path d="M${BOX.left} ${round(y)}H${BOX.right}" stroke="#ddd"/>`;
  return `${line}${text(BOX.left - 8, y + 4, label, 'text-anchor="end"')}`;
}

function vertical(x: number, label: string): string {
  const line = `<path d="M${round(x)} ${BOX.top}V${BOX.bottom}" stroke="#ddd"/>`;
  return `${line}${text(x, BOX.bottom + 18, label, 'text-anchor="middle"')}`;
}

function curveLines(
  places: readonly { x: number; y: number }[],
  { name, color }: { name: string; color: string },
): string[] {
  const corners = places.map(({ x, y }) => `${round(x)},${round(y)}`);
  const end = places.at(-1);
  return [
    `<polyline points="${corners.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...places.map(
      ({ x, y }) => `<circle cx="${round(x)}" cy="${round(y)}" r="3.5" fill="${color}"/>`,
    ),
    ...(end === undefined ? [] : [text(end.x + 10, end.y + 4, name, `fill="${color}"`)]),
  ];
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
