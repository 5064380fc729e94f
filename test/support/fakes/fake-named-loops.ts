import { type NamedLoop, NamedLoops } from '../../../src/system/device/named-loops.js';
import type { FakeLoopDevices } from './fake-loop-devices.js';

/** Loop devices that stay until they are detached, and are only told of. */
export class FakeNamedLoops extends NamedLoops {
  readonly attached: NamedLoop[] = [];

  constructor(loopDevices: FakeLoopDevices) {
    super({ loopDevices });
  }

  override list(prefix: string): NamedLoop[] {
    return this.attached.filter(({ name }) => name.startsWith(prefix));
  }

  override attach(file: string, { name }: { name: string }): Promise<NamedLoop> {
    const number = 8 + this.attached.length;
    const loop = { path: `/dev/loop${number}`, name, file, device: `7:${number}` };
    this.attached.push(loop);
    return Promise.resolve(loop);
  }

  override detach(loop: NamedLoop): boolean {
    const index = this.attached.findIndex(({ path }) => path === loop.path);
    if (index >= 0) this.attached.splice(index, 1);
    return true;
  }
}
