/** How an instance behaves in one of its lives from start to stop. */
export interface Behaviour {
  readonly name: string;
  /** Text of its script. */
  readonly script: string;
  /** What a start comes to: it runs, or the call fails with such a message. */
  readonly failure?: RegExp;
  /** How long it is given to stop by itself, before it is killed. */
  readonly stopSeconds: number;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
}

/** How long a start script may run, and the mounting of a disk may take, by the daemon's configuration. */
export const START_SECONDS = 2;
export const MOUNT_SECONDS = 3;

const DAEMON = 'sleep 100000 </dev/null >/dev/null 2>&1 & echo $! >/tmp/pid';
const STOP = 'kill "$(cat /tmp/pid)"';

/** What scripts in chroots do: most behave, and each of the others is trouble of its own kind. */
export const BEHAVIOURS: readonly [Behaviour, ...Behaviour[]] = [
  { name: 'plain', script: script(DAEMON), stopSeconds: 20, weight: 60 },
  {
    name: 'chatty',
    // Keeps the output open, and goes on writing to it.
    script: script('{ while echo tick; do sleep 0.2; done; } & echo $! >/tmp/pid'),
    stopSeconds: 20,
    weight: 2,
  },
  {
    name: 'loud',
    // More than is kept of it.
    script: script(`yes 'much ado about nothing' | head -c 1500000; ${DAEMON}`),
    stopSeconds: 20,
    weight: 1,
  },
  {
    name: 'swarm',
    script: script(`for i in $(seq 20); do sleep 100000 & done >/dev/null 2>&1; ${DAEMON}`),
    stopSeconds: 20,
    weight: 1,
  },
  {
    name: 'mounting',
    script: script(
      [
        'mount -t proc none /proc; mount -t tmpfs none /mnt; mkdir -p "/mnt/a b"',
        'mount -t tmpfs none "/mnt/a b"; mkdir "/mnt/a b/c"; mount --bind / "/mnt/a b/c"',
        `cd "/mnt/a b"; ${DAEMON}`,
      ].join('; '),
    ),
    stopSeconds: 20,
    weight: 2,
  },
  {
    name: 'stubborn',
    // Neither it nor what it starts can be asked to end.
    script: script("(trap '' TERM; while :; do sleep 1; done) >/dev/null 2>&1 &", 'true'),
    stopSeconds: 1,
    weight: 1,
  },
  { name: 'hanging-stop', script: script(DAEMON, 'sleep 100000'), stopSeconds: 1, weight: 1 },
  {
    name: 'failing',
    // Leaves a process behind that keeps the output open.
    script: script('sleep 100000 & echo it is not to be; exit 3'),
    failure: /it is not to be/,
    stopSeconds: 0,
    weight: 2,
  },
  {
    name: 'hanging-start',
    script: script('sleep 100000 & sleep 100000'),
    failure: /timed out/,
    stopSeconds: 0,
    weight: 1,
  },
];

/** Where a behaviour's script is, inside the chroot. */
export function scriptPath({ name }: Behaviour): string {
  return `/scripts/${name}`;
}

/** As many of each as it weighs. */
export function weighted(): [Behaviour, ...Behaviour[]] {
  const [first, ...others] = BEHAVIOURS;
  const repeated = [first, ...others].flatMap((one) =>
    Array.from({ length: one.weight }, () => one),
  );
  return [first, ...repeated.slice(1)];
}

function script(start: string, stop = STOP): string {
  return `#!/bin/sh\ncase $1 in\n  start) ${start} ;;\n  stop) ${stop} ;;\nesac\n`;
}
