/** What the rows of the benchmark are given, and what they say: the interface between its core and its rows. */

/** Something that a figure is held against. */
export interface Target {
  /** For the reader, for instance `>= 8x of stock`. */
  readonly text: string;
  /** Computed of what was measured in this run. */
  readonly holds: boolean;
  /** Whether it is stock that it is held against. */
  readonly isAgainstStock?: boolean | undefined;
}

/** One line of the table. What was not measured on a side is left out, and `note` says why. */
export interface Figure {
  /** For instance `throughput, new connections, 8 callers`. */
  readonly what: string;
  /** For instance `calls/s`, `ms`, `MiB`. */
  readonly unit: string;
  /** Ganeti's own daemon. */
  readonly stock?: number | undefined;
  readonly ours: number;
  /** What no daemon of this kind can do better than; `note` says what it is, unless it is the bare HTTPS server. */
  readonly limit?: number | undefined;
  /** The 99th percentile over calls, in `unit`; the figure itself is then the median. */
  readonly p99?:
    | {
        readonly stock?: number | undefined;
        readonly ours?: number | undefined;
        readonly limit?: number | undefined;
      }
    | undefined;
  readonly targets: readonly Target[];
  /** What the reader must know to understand the figure. */
  readonly note?: string | undefined;
}

/** Something that is measured on both sides in turn; `--only` asks for it by name. */
export interface Row {
  readonly name: string;
  /** One line about it. */
  readonly what: string;
  /** Fails if it could not be measured; a target that does not hold is no failure. */
  measure(bench: Bench): Promise<readonly Figure[]>;
}

/** What a row works with. While it uses one host, it leaves the other idle. */
export interface Bench {
  /** Whether fewer rounds, calls and instances have to do. */
  readonly quick: boolean;
  readonly stock: Host;
  readonly ours: Host;
  /** Shows a line at once. */
  say(progress: string): void;
}

/** The PEM texts that a caller of the daemon needs. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** The node of a test cluster whose daemon is measured: node2, a master candidate that is not the master. */
export interface Host {
  readonly name: 'stock' | 'ours';
  /** Its IP address; the daemon listens on port 1811. */
  readonly address: string;
  /** Of the master candidate that makes the calls. */
  readonly credentials: Credentials;
  /**
   * Runs a command on the measured node and gives its standard output.
   *
   * @throws Error with what it wrote to standard error, if it fails
   */
  exec(...command: string[]): Promise<string>;
  /** The same on the cluster's master, node1. */
  master(...command: string[]): Promise<string>;
  /**
   * Makes a call on Ganeti's wire, over a connection of its own.
   *
   * @returns the payload of the reply
   * @throws Error with the daemon's message, if it says that the call failed
   */
  call(method: string, args: readonly unknown[]): Promise<unknown>;
  /** The PID of the node daemon, as the machine's own processes see it. */
  daemonPid(): Promise<number>;
  /** The same of all nodes of the cluster. */
  daemonPids(): Promise<number[]>;
}
