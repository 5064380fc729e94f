import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Console, Instance } from '../../src/generated/objects.js';
import type { Caller } from './caller.js';
import type { DemoDaemon } from './daemon.js';
import { consoleRequest, HYPERVISORS } from './instance.js';
import type { Screen } from './screen.js';

const SHUTDOWN_SECONDS = 20;
const SMALLER_MIB = 32;

/** The life of an instance of the fake hypervisor, which is only a file, from its start to its end. */
export class FakeLife {
  readonly #caller: Caller;
  readonly #screen: Screen;
  readonly #instance: Instance;
  readonly #reason: unknown;
  readonly #file: string;

  constructor({
    daemon,
    caller,
    screen,
    instance,
    reason,
  }: {
    daemon: DemoDaemon;
    caller: Caller;
    screen: Screen;
    instance: Instance;
    reason: unknown;
  }) {
    this.#caller = caller;
    this.#screen = screen;
    this.#instance = instance;
    this.#reason = reason;
    this.#file = join(daemon.stateDir, 'run/fake-hypervisor', instance.name);
  }

  /** @throws DemoFailure, or whatever goes wrong */
  async tell(): Promise<void> {
    await this.#start();
    await this.#askAboutIt();
    await this.#changeMemory();
    await this.#askForConsole();
    await this.#reboot();
    await this.#migrate();
    await this.#shutDown();
  }

  async #start(): Promise<void> {
    this.#screen.begin('Start the instance', 'It runs as long as there is a file of its name.');
    const params = {
      instance_hvp_bep: this.#instance,
      startup_paused: false,
      reason: this.#reason,
    };
    const started = await this.#caller.jsonRpc('instance_start', params);
    this.#screen.checkEqual('started', started, null);
    this.#checkFile(64);
  }

  async #askAboutIt(): Promise<void> {
    this.#screen.begin('Ask what runs', 'Memory and processors are what the instance was given.');
    const running = { memory: 64, vcpus: 1, state: 0, time: 0 };
    const { name } = this.#instance;
    const all = await this.#caller.ganeti('all_instances_info', [['fake'], HYPERVISORS]);
    this.#screen.checkEqual('one instance runs', all, { [name]: running });
    const info = await this.#caller.jsonRpc('instance_info', [name, 'fake', HYPERVISORS.fake]);
    this.#screen.checkEqual('it is this one', info, running);
  }

  async #changeMemory(): Promise<void> {
    this.#screen.begin('Change its memory', 'As it is done while an instance runs.');
    const params = [this.#instance, SMALLER_MIB];
    const changed = await this.#caller.ganeti('instance_balloon_memory', params);
    this.#screen.checkEqual('changed', changed, null);
    this.#checkFile(SMALLER_MIB);
  }

  async #askForConsole(): Promise<void> {
    this.#screen.begin('Ask for its console', 'There is nothing that could have one.');
    const { name } = this.#instance;
    const consoles = (await this.#caller.jsonRpc('instance_console_info', {
      instance_param_dict: { [name]: consoleRequest(this.#instance) },
    })) as Record<string, Console>;
    this.#screen.checkEqual('that is what it says', consoles[name]?.kind, 'msg');
  }

  async #reboot(): Promise<void> {
    this.#screen.begin('Reboot it hard', 'It is stopped and started, with all of its memory.');
    const params = [this.#instance, 'hard', SHUTDOWN_SECONDS, this.#reason];
    const rebooted = await this.#caller.ganeti('instance_reboot', params);
    this.#screen.checkEqual('rebooted', rebooted, null);
    this.#checkFile(64);
  }

  async #migrate(): Promise<void> {
    this.#screen.begin(
      'Let it go and come back',
      'What the nodes are told at the end of a migration: it left this one, then it arrived here.',
    );
    const left = await this.#caller.ganeti('instance_finalize_migration_src', [
      this.#instance,
      true,
      true,
    ]);
    this.#screen.checkEqual('it left', [left, existsSync(this.#file)], [null, false]);
    const accept = { instance: this.#instance, info: '', target: '192.0.2.1' };
    await this.#caller.jsonRpc('accept_instance', accept);
    const arrived = await this.#caller.jsonRpc('instance_finalize_migration_dst', {
      instance: this.#instance,
      info: '',
      success: true,
    });
    this.#screen.checkEqual('it arrived', [arrived, existsSync(this.#file)], [null, true]);
  }

  async #shutDown(): Promise<void> {
    this.#screen.begin('Shut it down', 'Its file goes.');
    const stopped = await this.#caller.jsonRpc('instance_shutdown', {
      instance: this.#instance,
      timeout: SHUTDOWN_SECONDS,
      reason: this.#reason,
    });
    this.#screen.checkEqual('shut down', stopped, null);
    const params = [this.#instance.name, 'fake', HYPERVISORS.fake];
    const info = await this.#caller.ganeti('instance_info', params);
    this.#screen.checkEqual('it does not run', info, {});
    this.#screen.check('there is no file', !existsSync(this.#file));
  }

  #checkFile(memoryMiB: number): void {
    this.#screen.command(`cat ${this.#file}`);
    const text = readFileSync(this.#file, 'utf8');
    this.#screen.output(text);
    this.#screen.checkEqual('it says number, MiB and processors', text, `0\n${memoryMiB}\n1\n`);
  }
}
