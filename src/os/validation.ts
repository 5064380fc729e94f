import { RpcFailure } from '../base/errors.js';
import { escapeControl } from '../base/text.js';
import { CommandError, type CommandRunner } from '../system/command/command.js';
import type { OsDefinition, OsDefinitions } from './definition.js';
import { osCoreEnvironment } from './environment.js';
import { splitOsName } from './os-name.js';

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
  readonly definitions: OsDefinitions;
  readonly commands: CommandRunner;
  readonly timeoutMs: number;
}

/** Checks operating systems before instances are made or changed. */
export class OsValidation {
  readonly #parts: OsValidationParts;

  constructor(parts: OsValidationParts) {
    this.#parts = parts;
  }

  /**
   * @returns whether the node has it, if it need not (Ganeti: backend.ValidateOS)
   * @throws RpcFailure that says what is wrong with the request or the definition
   */
  async validate(request: OsRequest): Promise<boolean> {
    const { name, checks, parameters } = request;
    const unknown = checks.filter((check) => check !== PARAMETERS);
    if (unknown.length > 0)
      throw new RpcFailure(`Unknown checks required for OS ${name}: ${unknown.join(', ')}`);
    const definition = await this.#find(request);
    if (definition === undefined) return false;
    if (!request.isVariantForced) checkVariant(definition, name);
    // Older versions have neither parameters nor a script that verifies them.
    if (definition.verifyScript === undefined) return true;
    if (checks.includes(PARAMETERS)) checkParameters(definition, Object.keys(parameters));
    const env = osCoreEnvironment(name, definition, parameters);
    await this.#run([definition.verifyScript, ...checks], definition.path, env);
    return true;
  }

  async #find({ name, isRequired }: OsRequest): Promise<OsDefinition | undefined> {
    try {
      return await this.#parts.definitions.find(name);
    } catch (error) {
      if (isRequired || !(error instanceof RpcFailure)) throw error;
      return undefined;
    }
  }

  async #run(
    argv: [string, ...string[]],
    cwd: string,
    env: Readonly<Record<string, string>>,
  ): Promise<void> {
    try {
      await this.#parts.commands.run(argv, { timeoutMs: this.#parts.timeoutMs, cwd, env });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const output = escapeControl(`${error.stdout}${error.stderr}`);
      throw new RpcFailure(`OS validation script failed (${error.failReason}), output: ${output}`, {
        cause: error,
      });
    }
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
