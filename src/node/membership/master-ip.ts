import { IPV6_FAMILY } from '../../base/constants.js';
import { RpcFailure } from '../../base/errors.js';
import type { MasterNetwork } from '../../generated/objects.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import type { HookedOperation, LocalHooks } from '../programs/local-hooks.js';

/** The script pings twice, and waits for its answers. */
const SCRIPT_TIMEOUT_MS = 120_000;
const IP_TIMEOUT_MS = 30_000;

/** Where the scripts are that set the address up: Ganeti's, and the administrator's. */
export interface MasterIpScripts {
  readonly standard: string;
  readonly external: string;
}

/** A change of the netmask of the cluster's address. */
export interface NetmaskChange {
  readonly oldNetmask: number;
  readonly netmask: number;
  readonly address: string;
  readonly netdev: string;
}

export interface MasterIpParts {
  readonly scripts: MasterIpScripts;
  readonly hooks: Pick<LocalHooks, 'around'>;
  readonly commands: CommandRunner;
  readonly ownsAddress: (address: string) => Promise<boolean>;
}

/** The address that the cluster's master has beside its own. */
export class MasterIp {
  readonly #parts: MasterIpParts;

  constructor(parts: MasterIpParts) {
    this.#parts = parts;
  }

  /** Ganeti: backend.ActivateMasterIp */
  async activate(network: MasterNetwork, isExternalScript: boolean): Promise<void> {
    await this.#parts.hooks.around(operation('turnup', network), () =>
      this.#runScript('start', network, isExternalScript),
    );
  }

  /** Ganeti: backend.DeactivateMasterIp */
  async deactivate(network: MasterNetwork, isExternalScript: boolean): Promise<void> {
    await this.#parts.hooks.around(operation('turndown', network), () =>
      this.#runScript('stop', network, isExternalScript),
    );
  }

  /** Ganeti: backend.ChangeMasterNetmask */
  async changeNetmask({ oldNetmask, netmask, address, netdev }: NetmaskChange): Promise<void> {
    if (oldNetmask === netmask) return;
    if (!(await this.#parts.ownsAddress(address)))
      throw new RpcFailure('The master IP address is not up, not attempting to change its netmask');
    const change = async (action: 'add' | 'del', mask: number, complaint: string) => {
      const where = [`${address}/${mask}`, 'dev', netdev, 'label', `${netdev}:0`];
      await this.#runIp(['address', action, ...where], complaint);
    };
    await change('add', netmask, 'Could not set the new netmask on the master IP address');
    await change(
      'del',
      oldNetmask,
      'Could not bring down the master IP address with the old netmask',
    );
  }

  async #runScript(
    action: 'start' | 'stop',
    network: MasterNetwork,
    isExternal: boolean,
  ): Promise<void> {
    const script = isExternal ? this.#parts.scripts.external : this.#parts.scripts.standard;
    try {
      await this.#parts.commands.run([script, action], {
        timeoutMs: SCRIPT_TIMEOUT_MS,
        env: environment(network),
      });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new RpcFailure(
        `Failed to ${action} the master IP. Script return value: ${error.exitCode ?? 'none'}, output: '${error.output}'`,
        { cause: error },
      );
    }
  }

  async #runIp(args: readonly string[], complaint: string): Promise<void> {
    try {
      await this.#parts.commands.run(['ip', ...args], { timeoutMs: IP_TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // Deviation: Ganeti does not say why.
      throw new RpcFailure(`${complaint}: ${error.output}`, { cause: error });
    }
  }
}

/** Ganeti: constants.FAKE_OP_MASTER_TURNUP, FAKE_OP_MASTER_TURNDOWN. */
function operation(direction: 'turnup' | 'turndown', network: MasterNetwork): HookedOperation {
  return {
    opCode: `OP_CLUSTER_IP_${direction.toUpperCase()}`,
    hooksPath: `master-ip-${direction}`,
    env: environment(network),
  };
}

/** Ganeti: backend._BuildMasterIpEnv */
function environment(network: MasterNetwork): Record<string, string> {
  return {
    MASTER_NETDEV: network.netdev,
    MASTER_IP: network.ip,
    MASTER_NETMASK: String(network.netmask),
    CLUSTER_IP_VERSION: network.ip_family === IPV6_FAMILY ? '6' : '4',
  };
}
