export interface CommandOptions {
  /** The program, and all that it started in its process group, are killed after this. */
  readonly timeoutMs: number;
  /** Added to `CLEAN_ENVIRONMENT`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the program reads from its standard input; without it, it finds /dev/null there. */
  readonly input?: string;
  /** Takes the output, both streams; `stdout` and `stderr` of the result are empty then. */
  readonly log?: LogTarget;
  /** How much of each stream is kept in the result; 64 KiB unless told otherwise. */
  readonly outputLimitBytes?: number;
  /** Whether what the program mounts is seen by nobody else, and goes with the last process that it leaves. */
  readonly hasOwnMounts?: boolean;
  /** `cgroup.procs` files of the control groups that the program joins before it runs. */
  readonly cgroupProcs?: readonly string[];
}

/** A file that output is appended to, up to a limit: what comes after is dropped and the cut is marked. */
export interface LogTarget {
  readonly path: string;
  readonly limitBytes: number;
}
