import { RpcFailure } from '../base/errors.js';
import { escapeControl } from '../base/text.js';
import { CommandError, type CommandRunner } from '../system/command/command.js';
import { findOs, type OsDefinition } from './definition.js';
import { osCoreEnvironment } from './environment.js';
import { splitOsName } from './os-name.js';

/** For calls that the master waits 300 s for. */
export const FAST_TIMEOUT_MS = 280_000;
/** Ganeti: constants.OS_VALIDATE_PARAMETERS, the only member of OS_VALIDATE_CALLS */
const PARAMETERS = 'parameters';

/** An operating system with parameters that an instance is to have. */
export interface OsRequest {
  /** With its variant. */
  readonly name: string;
  /** Private and secret ones among them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the definition's verify script is to look at. */
  readonly checks: readonly string[];
  /** Whether its absence is a failure. */
  readonly isRequired: boolean;
  /** Whether a variant that the definition does not have is taken. */
  readonly isVariantForced: boolean;
}

export interface OsValidationParts {
  readonly osSearchPath: readonly string[];
  /** Ends with a script all that it has started. */
  readonly confined: CommandRunner;
  readonly timeoutsMs: { readonly osScript: number };
}

/**
 * Checks an operating system before an instance is made or changed.
 *
 * @returns whether the node has it, if it need not (Ganeti: backend.ValidateOS)
 * @throws RpcFailure that says what is wrong with the request or the definition
 */
export async function validateOs(parts: OsValidationParts, request: OsRequest): Promise<boolean> {
  const { name, checks, parameters } = request;
  const unknown = checks.filter((check) => check !== PARAMETERS);
  if (unknown.length > 0)
    throw new RpcFailure(`Unknown checks required for OS ${name}: ${unknown.join(', ')}`);
  const definition = await find(parts, request);
  if (definition === undefined) return false;
  if (!request.isVariantForced) checkVariant(definition, name);
  // Older versions have neither parameters nor a script that verifies them.
  if (definition.verifyScript === undefined) return true;
  if (checks.includes(PARAMETERS)) checkParameters(definition, Object.keys(parameters));
  const env = osCoreEnvironment(name, definition, parameters);
  await run(parts, [definition.verifyScript, ...checks], definition.path, env);
  return true;
}

async function find(
  { osSearchPath }: OsValidationParts,
  { name, isRequired }: OsRequest,
): Promise<OsDefinition | undefined> {
  try {
    return await findOs(osSearchPath, name);
  } catch (error) {
    if (isRequired || !(error instanceof RpcFailure)) throw error;
    return undefined;
  }
}

async function run(
  { confined, timeoutsMs }: OsValidationParts,
  argv: [string, ...string[]],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    const timeoutMs = Math.min(timeoutsMs.osScript, FAST_TIMEOUT_MS);
    await confined.run(argv, { timeoutMs, cwd, env });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const output = escapeControl(`${error.stdout}${error.stderr}`);
    throw new RpcFailure(`OS validation script failed (${error.failReason}), output: ${output}`, {
      cause: error,
    });
  }
}

/** Ganeti: backend._CheckOSVariant */
function checkVariant({ name, supportedVariants }: OsDefinition, osName: string): void {
  const { variant } = splitOsName(osName);
  if (supportedVariants.length === 0) {
    if (variant === '') return;
    throw new RpcFailure(`OS '${name}' does not support variants ('${variant}' passed)`);
  }
  if (variant === '') throw new RpcFailure(`OS name '${osName}' must include a variant`);
  if (!supportedVariants.includes(variant))
    throw new RpcFailure(`OS '${name}' does not support variant '${variant}'`);
}

/** Ganeti: backend._CheckOSPList */
function checkParameters({ name, supportedParameters }: OsDefinition, names: string[]): void {
  const supported = supportedParameters.map(([parameter]) => parameter);
  const unknown = names.filter((parameter) => !supported.includes(parameter));
  if (unknown.length === 0) return;
  throw new RpcFailure(
    `The following parameters are not supported by the OS ${name}: ${unknown.join(', ')}`,
  );
}
