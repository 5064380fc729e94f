/** A place in two answers where they differ. */
export interface Difference {
  /** JSON pointer. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/**
 * Where `actual` is not what was expected: other types, other members, other values.
 *
 * @param isAnyValue whether only the type counts at a path
 */
export function differences(
  expected: unknown,
  actual: unknown,
  isAnyValue: (path: string) => boolean,
  path = '',
): Difference[] {
  const here = [{ path, expected, actual }];
  if (typeOf(expected) !== typeOf(actual)) return here;
  if (!isContainer(expected) || !isContainer(actual))
    return expected === actual || isAnyValue(path) ? [] : here;
  if (membersOf(expected) !== membersOf(actual)) return here;
  return Object.keys(expected).flatMap((name) =>
    differences(expected[name], actual[name], isAnyValue, `${path}/${name}`),
  );
}

/** `value` with another value at `path`, which must be there. */
export function replaced(value: unknown, path: string, other: unknown): unknown {
  const [, name, ...rest] = path.split('/');
  if (name === undefined) return other;
  if (!isContainer(value) || !(name in value)) throw new Error(`There is no ${path}`);
  const inner = replaced(value[name], rest.map((part) => `/${part}`).join(''), other);
  return Array.isArray(value) ? value.with(Number(name), inner) : { ...value, [name]: inner };
}

type Container = Readonly<Record<string, unknown>>;

/** Arrays have their members under their indices. */
function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

function membersOf(value: Container): string {
  return JSON.stringify(Object.keys(value).sort());
}
