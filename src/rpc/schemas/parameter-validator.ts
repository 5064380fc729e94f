import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { NodeError, Refusal } from '../../base/errors.js';
import type { CallSchema, CallSchemas, ParameterSchema } from './call-schemas.js';
import type { JsonSchema } from './json-schema.js';
import { SchemaCompiler } from './schema-compiler.js';

/** What is wrong with the parameters of a request. It never holds values: they may be secrets. */
export interface ParameterProblem {
  /** A JSON pointer which begins with the parameter's name: `/instance/disks_info/1/size`. */
  readonly path: string;
  /** The keyword of the schema, or `missing`, `unknown` or `count` for the parameters themselves. */
  readonly rule: string;
  readonly message: string;
  /** What the rule asks for, as the schema says it. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Names come from the caller, and may be as long as a request. */
const MAX_NAME_LENGTH = 64;
const MAX_PATH_LENGTH = 256;
const MAX_PROBLEMS = 10;

/** These only say that another problem, which is listed too, lies within a branch. */
const OUTER_RULES: readonly string[] = ['if', 'propertyNames'];

/**
 * Holds the parameters of requests against the schemas of their calls.
 *
 * A call's validator is made when the call first comes, and kept: making all of them would delay each start.
 */
export class ParameterValidator {
  readonly #compiler: SchemaCompiler;
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(schemas: CallSchemas) {
    this.#compiler = new SchemaCompiler(schemas);
  }

  /** Throws a NodeError of kind `invalid-params`, with ParameterProblems, unless `params` fit the call. */
  validate(call: CallSchema, params: readonly unknown[]): void {
    checkCount(call, params.length);
    // Nothing is left to be checked, and no validator to be made.
    if (params.length === 0) return;
    const validate = this.#validatorOf(call);
    if (!fits(call, validate, params))
      throw invalidParams(call, problemsOf(call, validate.errors ?? []));
  }

  /**
   * The parameters in order, from an object that has them by name. Throws as `validate` does if names are unknown or
   * missing; the values are not looked at.
   */
  toPositional(call: CallSchema, params: Readonly<Record<string, unknown>>): unknown[] {
    const isGiven = ({ name }: ParameterSchema): boolean => Object.hasOwn(params, name);
    const count = call.params.findLastIndex((param) => isGiven(param) || !param.optional) + 1;
    const wanted = call.params.slice(0, count);
    const problems = [
      ...unknownNames(call, params).slice(0, MAX_PROBLEMS).map(unknownParameter),
      ...wanted.filter((param) => !isGiven(param)).map(missingParameter),
    ];
    if (problems.length > 0) throw invalidParams(call, problems.slice(0, MAX_PROBLEMS));
    return wanted.map(({ name }) => params[name]);
  }

  #validatorOf(call: CallSchema): ValidateFunction {
    const known = this.#validators.get(call.name);
    if (known) return known;
    const validator = this.#compiler.compile(`${call.name}.params`, parameterList(call));
    this.#validators.set(call.name, validator);
    return validator;
  }
}

/** One schema for all parameters, in their order. */
function parameterList(call: CallSchema): JsonSchema {
  return {
    type: 'array',
    minItems: requiredCount(call),
    maxItems: call.params.length,
    // An empty list of prefixItems is not allowed; `maxItems` says it all.
    ...(call.params.length > 0 && { prefixItems: call.params.map(({ schema }) => schema) }),
    items: false,
  };
}

function requiredCount(call: CallSchema): number {
  return call.params.filter(({ optional }) => !optional).length;
}

function checkCount(call: CallSchema, actual: number): void {
  const least = requiredCount(call);
  const most = call.params.length;
  if (actual >= least && actual <= most) return;
  const count = least === most ? `${most}` : `${least} to ${most}`;
  const names = most === 0 ? '' : ` (${call.params.map(({ name }) => name).join(', ')})`;
  const message = `expected ${count} ${most === 1 ? 'parameter' : 'parameters'}${names}, got ${actual}`;
  throw invalidParams(call, [
    { path: '', rule: 'count', message, params: { least, most, actual } },
  ]);
}

/** The recursive schemas (a disk has disks) follow the data: what is nested too deep for the stack is refused. */
function fits(call: CallSchema, validate: ValidateFunction, params: readonly unknown[]): boolean {
  try {
    return validate(params);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidParams(call, [{ path: '', rule: 'depth', message: 'nested too deeply' }]);
  }
}

function problemsOf(call: CallSchema, errors: readonly ErrorObject[]): ParameterProblem[] {
  const inner = errors.filter(({ keyword }) => !OUTER_RULES.includes(keyword));
  return (inner.length > 0 ? inner : errors).slice(0, MAX_PROBLEMS).map((error) => ({
    path: clip(pathOf(call, error), MAX_PATH_LENGTH),
    rule: error.keyword,
    message: `${error.propertyName === undefined ? '' : 'name '}${error.message ?? 'is wrong'}`,
    params: error.params,
  }));
}

/** Ajv's path starts with the place of the parameter; ours starts with its name. */
function pathOf(call: CallSchema, { instancePath, propertyName }: ErrorObject): string {
  const named = instancePath.replace(/^\/(\d+)/, (_, index: string) => {
    const name = call.params[Number(index)]?.name;
    return `/${name ?? index}`;
  });
  return propertyName === undefined ? named : `${named}/${escapePointer(propertyName)}`;
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unknownNames(call: CallSchema, params: Readonly<Record<string, unknown>>): string[] {
  const known = new Set(call.params.map(({ name }) => name));
  return Object.keys(params).filter((name) => !known.has(name));
}

function unknownParameter(name: string): ParameterProblem {
  const shown = clip(name, MAX_NAME_LENGTH);
  return { path: `/${escapePointer(shown)}`, rule: 'unknown', message: 'is no parameter' };
}

function missingParameter({ name }: ParameterSchema): ParameterProblem {
  return { path: `/${name}`, rule: 'missing', message: 'is missing' };
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function invalidParams(call: CallSchema, errors: readonly ParameterProblem[]): NodeError {
  const [first] = errors;
  const reason = first ? `${first.path} ${first.message}`.trim() : 'do not fit';
  return new Refusal('invalid-params', `Invalid parameters for ${call.name}: ${reason}`, {
    data: { errors },
  });
}
