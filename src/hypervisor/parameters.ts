import { normalize } from 'node:path';
import { HypervisorError } from '../base/errors.js';
import type { Hvparams } from '../generated/objects.js';

/** How one parameter of a hypervisor is checked (Ganeti: the five-tuples of BaseHypervisor.PARAMETERS). */
export interface ParameterCheck {
  readonly isRequired: boolean;
  /** Looks at the value only. */
  readonly syntax?: { readonly isValid: (value: unknown) => boolean; readonly message: string };
  /** Looks at this node as well. */
  readonly validation?: {
    readonly isValid: (value: unknown) => Promise<boolean>;
    readonly message: string;
  };
}

export type ParameterTable = ReadonlyMap<string, ParameterCheck>;

/** Ganeti: utils.IsNormAbsPath. */
export function isNormalizedAbsolutePath(value: unknown): boolean {
  if (typeof value !== 'string' || !value.startsWith('/') || value.includes('\0')) return false;
  // Node.js keeps a slash at the end, Python does not.
  return value === '/' || (!value.endsWith('/') && normalize(value) === value);
}

/** Whether a value means that nothing was given (Ganeti: BaseHypervisor._IsParamValueUnspecified). */
export function isUnspecified(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

/**
 * Checks names and values as far as that needs no look at the node (Ganeti: BaseHypervisor.CheckParameterSyntax).
 *
 * @throws HypervisorError
 */
export function checkParameterSyntax(table: ParameterTable, hvparams: Hvparams): void {
  for (const name of Object.keys(hvparams))
    if (!table.has(name)) throw new HypervisorError(`Parameter '${name}' is not supported`);
  for (const [name, check] of table) {
    if (!Object.hasOwn(hvparams, name)) throw new HypervisorError(`Parameter '${name}' is missing`);
    checkSyntaxOf(name, hvparams[name], check);
  }
}

function checkSyntaxOf(name: string, value: unknown, { isRequired, syntax }: ParameterCheck): void {
  if (isUnspecified(value)) {
    if (!isRequired) return;
    throw new HypervisorError(`Parameter '${name}' is required but is currently not defined`);
  }
  if (syntax?.isValid(value) === false)
    throw new HypervisorError(
      `Parameter '${name}' fails syntax check: ${syntax.message} (current value: '${shown(value)}')`,
    );
}

/** A value as it stands in a message; it may be anything that JSON can say. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Checks values against this node (Ganeti: BaseHypervisor.ValidateParameters).
 *
 * @throws HypervisorError
 */
export async function validateParameters(table: ParameterTable, hvparams: Hvparams): Promise<void> {
  for (const [name, { isRequired, validation }] of table) {
    const value = hvparams[name];
    if (!isRequired && isUnspecified(value)) continue;
    if (validation !== undefined && !(await validation.isValid(value)))
      throw new HypervisorError(
        `Parameter '${name}' fails validation: ${validation.message} (current value: '${shown(value)}')`,
      );
  }
}
