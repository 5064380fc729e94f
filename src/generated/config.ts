/* Generated from etc/chroot-noded.schema.json by `npm run generate`. */

export type Path = string;

/**
 * The configuration file of chroot-noded. All settings are optional; the documented defaults apply.
 */
export interface NodedConfig {
  /**
   * URI or path of this schema, for editors.
   */
  $schema?: string;
  /**
   * The directories and files that the daemon uses. The defaults are those of Ganeti on Debian; with --state-dir, all of them are below that directory.
   */
  paths?: {
    /**
     * Directory for state that does not survive a reboot: roots of chroots, links to disks, PID file, socket.
     */
    runDir?: string;
    /**
     * Directory with the cluster's certificates and ssconf files.
     */
    dataDir?: string;
    /**
     * Directory for logs.
     */
    logDir?: string;
    /**
     * Directory with the files that administrators edit, such as file-storage-paths.
     */
    confDir?: string;
    /**
     * Directories with OS definitions.
     */
    osSearchPath?: Path[];
    /**
     * Directories with external storage providers.
     */
    extStorageSearchPath?: Path[];
    /**
     * Path of the Unix socket for local JSON-RPC callers. Default: chroot-noded.sock in runDir
     */
    socket?: string;
  };
  /**
   * Format and level of the log.
   */
  log?: {
    /**
     * Format of the log. text: one readable line per event; json: one JSON object per line.
     */
    format?: 'text' | 'json';
    /**
     * Lowest level of the events that are logged; -d sets debug.
     */
    level?: 'error' | 'warn' | 'info' | 'debug';
    /**
     * Whether the daemon examines the machine at start-up, and logs what chroots need but the machine lacks; see chroot-nodectl doctor.
     */
    examination?: boolean;
  };
  /**
   * Limits for callers. An overloaded daemon rejects requests with HTTP status 503 and `Retry-After`, and on JSON-RPC also with error code -32005 in the body; it has not started a rejected request. Waiting requests are served by priority: first the master, whose certificate has the name in ssconf_master_node; then other master candidates; then callers on the Unix socket or without TLS. To prevent starvation, every fourth call that starts is the one that has waited longest, and a body waits for 20 seconds at most.
   */
  limits?: {
    /**
     * Maximum size of a request, in bytes.
     */
    maxBodyBytes?: number;
    /**
     * Maximum total size, in bytes, of all requests that are being read or processed; requests of up to 64 KiB do not count. Requests beyond the limit wait for up to 20 seconds and are then rejected (HTTP 503). A larger request without a Content-Length counts as maxBodyBytes. The limit also caps maxBodyBytes.
     */
    maxBodiesBytes?: number;
    /**
     * Maximum nesting depth of arrays and objects.
     */
    maxJsonDepth?: number;
    /**
     * Maximum number of calls in a JSON-RPC batch.
     */
    maxBatchLength?: number;
    /**
     * Maximum number of open connections of each listener; less if the daemon may open few files: a quarter of them, less 64. The daemon accepts 64 more, on which it serves only the master and rejects all others (HTTP 503).
     */
    maxConnections?: number;
    /**
     * Maximum number of calls that run at the same time, including those of one connection or batch. Further calls wait; the master's go first. --max-clients overrides this setting.
     */
    maxConcurrentCalls?: number;
    /**
     * Maximum number of waiting calls. Calls that wait for another call on the same instance or disk are counted apart: as many may wait in all, and 64 for one instance or disk. Beyond that, the newest call of the lowest priority is rejected (HTTP 503).
     */
    maxQueuedCalls?: number;
  };
  /**
   * Time-outs, in seconds.
   */
  timeouts?: {
    /**
     * Mounting or unmounting a disk.
     */
    mount?: number;
    /**
     * A script of an OS definition. The default is slightly less than the master's time-out.
     */
    osScript?: number;
    /**
     * A script of an external storage provider. The default is slightly less than the master's time-out.
     */
    extScript?: number;
    /**
     * One scan of all processes.
     */
    processScan?: number;
    /**
     * Waiting until another call on the same instance or disk has ended.
     */
    lock?: number;
    /**
     * Waiting for running calls when the daemon shuts down; daemon-util kills it after 30 seconds.
     */
    finish?: number;
  };
  /**
   * The chroot hypervisor.
   */
  chroot?: {
    /**
     * Time-out of an instance's start script, in seconds.
     */
    startTimeout?: number;
    /**
     * Whether control groups enforce maxmem (of memory and swap together), vcpus and maxProcesses, and ballooning changes the memory limit. Ganeti does not.
     */
    enforceLimits?: boolean;
    /**
     * The number of processes and threads that an instance may have if limits are enforced.
     */
    maxProcesses?: number;
    /**
     * Whether instance_info and all_instances_info report the actual memory and CPU time. Without it they report zeros, as in Ganeti.
     */
    reportUsage?: boolean;
    /**
     * Name of the control group, in every hierarchy, that contains a control group for each instance. Default: chroot-noded; in a container or with --state-dir, a unique suffix is added
     */
    cgroupParent?: string;
  };
  /**
   * The Ganeti version of the cluster.
   */
  ganeti?: {
    /**
     * The version to speak, regardless of the installed one. Default: the version that is installed and active on this machine, also after it changes; without Ganeti, the newest version that the daemon knows
     */
    version?: '3.0' | '3.1';
    /**
     * Directory with the code of the active version, whose constants tell the version. Also applies with --state-dir.
     */
    shareDir?: string;
  };
  /**
   * The call node_powercycle.
   */
  powercycle?: {
    /**
     * Whether the call reboots the machine. Default: only if the daemon is the machine's own; not with --state-dir, in a virtual cluster, or in a container or any other PID or network namespace than the machine's first
     */
    enabled?: boolean;
  };
}
