import type { Figure, Target } from '../row.js';
import { limitToStock } from './targets.js';

/** What came of one row. */
export interface RowReport {
  readonly name: string;
  readonly what: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  /** Why it could not be measured. */
  readonly failure?: string | undefined;
}

/** What the figures were measured on, with, and when. */
export interface Circumstances {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryMiB: number;
    readonly kernel: string;
    /** How many processes wanted a processor in the minute before; other work makes all figures worse. */
    readonly load: number;
  };
  readonly versions: { readonly node: string; readonly ours: string };
  /** ISO 8601. */
  readonly date: string;
  readonly command: string;
  readonly quick: boolean;
}

/** All rows beside one version of Ganeti. */
export interface Part {
  /** Of Ganeti and of the Debian of the nodes, for instance `Ganeti 3.0.2-3, Debian 12`. */
  readonly beside: string;
  readonly rows: readonly RowReport[];
}

export interface Report extends Circumstances {
  readonly parts: readonly Part[];
}

const COLUMNS = ['', 'unit', 'stock', 'ours', 'limit', 'to stock', 'to limit', 'targets'];
/** A load of more than this part of the processors is somebody else's work. */
const BUSY_SHARE = 0.25;
const ABSENT = '-';

/** The lines above a run, for those who compare it with another. */
export function headerLines({ machine, versions, date, command }: Circumstances): string[] {
  const isBusy = machine.load > machine.cores * BUSY_SHARE;
  return [
    `machine   ${machine.processor}, ${machine.cores} cores, ${machine.memoryMiB} MiB, Linux ${machine.kernel}`,
    `versions  Node.js ${versions.node}, chroot-noded ${versions.ours}`,
    `run       ${date}, ${command}`,
    ...(isBusy ? [`BUSY      load ${machine.load.toFixed(1)}: other work spoils the figures`] : []),
  ];
}

/** All figures as a table, each with its targets, and below it what must be known of them. */
export function tableLines({ beside, rows }: Part): string[] {
  const cells = rows.flatMap(({ figures }) => figures.map(cellsOf));
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  return [
    beside,
    aligned(COLUMNS, widths),
    ...rows.flatMap((row) => ['', ...rowLines(row, widths)]),
    '',
    summaryLine(rows),
    'limit: a bare HTTPS server of Node.js with the same certificates, unless a note says otherwise.',
    'Times of calls are medians, with the 99th percentile in brackets.',
  ];
}

/** How a figure stands to another: `12.3x`. */
export function ratioText(value: number, other: number | undefined): string {
  return other === undefined || other === 0 ? ABSENT : `${numberText(value / other)}x`;
}

/** Three digits that count, and no more zeros than that. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return ABSENT;
  const digits =
    Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

function rowLines(
  { name, what, figures, failure }: RowReport,
  widths: readonly number[],
): string[] {
  return [
    `${name}: ${what}`,
    ...(failure === undefined ? [] : [`  COULD NOT BE MEASURED: ${failure}`]),
    ...figures.flatMap((figure) => [
      aligned(cellsOf(figure), widths),
      ...(figure.note === undefined ? [] : [`      ${figure.note}`]),
    ]),
  ];
}

function cellsOf(figure: Figure): string[] {
  const { what, unit, stock, ours, limit, p99, targets } = figure;
  return [
    `  ${what}`,
    unit,
    valueText(stock, p99?.stock),
    valueText(ours, p99?.ours),
    valueText(limit, p99?.limit),
    ratioText(ours, stock),
    ratioText(ours, limit),
    targets.map((target) => targetText(target, figure)).join(', '),
  ];
}

function valueText(value: number | undefined, p99: number | undefined): string {
  if (value === undefined) return ABSENT;
  return p99 === undefined ? numberText(value) : `${numberText(value)} (${numberText(p99)})`;
}

function targetText(target: Target, figure: Figure): string {
  const reached = limitToStock(target, figure);
  const reason = reached === undefined ? '' : ` (the limit itself reaches ${numberText(reached)}x)`;
  return `${target.holds ? 'yes' : 'NO'} ${target.text}${reason}`;
}

/** Numbers to the right, words to the left. */
function aligned(cells: readonly string[], widths: readonly number[]): string {
  const isNumber = (column: number) => column >= 2 && column <= 6;
  return cells
    .map((cell, column) =>
      isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    )
    .join('  ')
    .trimEnd();
}

function summaryLine(rows: readonly RowReport[]): string {
  const targets = rows.flatMap(({ figures }) => figures.flatMap((figure) => figure.targets));
  const held = targets.filter(({ holds }) => holds).length;
  const failed = rows.filter(({ failure }) => failure !== undefined).length;
  const failures = failed === 0 ? '' : `; ${failed} of ${rows.length} rows could not be measured`;
  return `${held} of ${targets.length} targets hold${failures}.`;
}
