/* Generated from etc/chroot-noded.schema.json by `npm run generate`. */

export type Path = string;

/**
 * The configuration file of chroot-noded. Every member may be left out; what is said as the default applies then.
 */
export interface NodedConfig {
  /**
   * For editors: where this schema is.
   */
  $schema?: string;
  /**
   * Where things are. The defaults are those of Debian's Ganeti; with --state-dir all of them lie below that folder.
   */
  paths?: {
    /**
     * State that does not outlive a reboot: roots of chroots, links to disks, PID file, socket. Default: /var/run/ganeti
     */
    runDir?: string;
    /**
     * The cluster's certificates and ssconf files. Default: /var/lib/ganeti
     */
    dataDir?: string;
    /**
     * Logs. Default: /var/log/ganeti
     */
    logDir?: string;
    /**
     * What administrators write, file-storage-paths for instance. Default: /etc/ganeti
     */
    confDir?: string;
    /**
     * Folders with OS definitions. Default: /srv/ganeti/os, /usr/local/lib/ganeti/os, /usr/lib/ganeti/os, /usr/share/ganeti/os
     */
    osSearchPath?: Path[];
    /**
     * Folders with providers of external storage. Default: /srv/ganeti/extstorage, /usr/local/lib/ganeti/extstorage, /usr/lib/ganeti/extstorage, /usr/share/ganeti/extstorage
     */
    extStorageSearchPath?: Path[];
    /**
     * The Unix socket for local JSON-RPC callers. Default: chroot-noded.sock in runDir
     */
    socket?: string;
  };
  /**
   * How the log is written.
   */
  log?: {
    /**
     * text: one readable line an event; json: one JSON object a line. Default: text
     */
    format?: 'text' | 'json';
    /**
     * The least important events that are logged; -d means debug. Default: info
     */
    level?: 'error' | 'warn' | 'info' | 'debug';
    /**
     * Whether the daemon examines the machine at its start, and logs what chroots lack there; see chroot-nodectl doctor. Default: true
     */
    examination?: boolean;
  };
  /**
   * What callers may ask at most. What is too much is refused with HTTP status 503 and `Retry-After`, over JSON-RPC with an error of the code -32005 in the body, too; nothing of it has been begun. Where callers wait, the master comes first: whose certificate has the name that is in ssconf_master_node. Then come other master candidates, then whoever calls over the Unix socket or without TLS. Every fourth call to be carried out is the one that has waited longest, and a body waits for 20 s at most, so that nobody waits for ever.
   */
  limits?: {
    /**
     * The size of a request. Default: 134217728
     */
    maxBodyBytes?: number;
    /**
     * The size of all requests together that are read or worked on, but for those of less than 64 KiB; others wait for up to 20 s, and are refused then (HTTP 503). A request that does not tell its length counts as the largest there may be. It bounds maxBodyBytes, too. Default: 268435456
     */
    maxBodiesBytes?: number;
    /**
     * How deep arrays and objects may be nested. Default: 64
     */
    maxJsonDepth?: number;
    /**
     * Calls in one JSON-RPC batch. Default: 100
     */
    maxBatchLength?: number;
    /**
     * Open connections of each listener. 64 more are taken to serve the master; others are refused on them (HTTP 503). Default: 4096
     */
    maxConnections?: number;
    /**
     * Calls that run at once, also those of one connection or batch; others wait, the master's go first. --max-clients sets it too. Default: 256
     */
    maxConcurrentCalls?: number;
    /**
     * Calls that wait; of more, the least important one that came last is refused (HTTP 503). Default: 1024
     */
    maxQueuedCalls?: number;
  };
  /**
   * How long things may take, in seconds.
   */
  timeouts?: {
    /**
     * Mounting or unmounting a disk. Default: 60
     */
    mount?: number;
    /**
     * A script of an OS definition. Default: 850, just below what the master waits
     */
    osScript?: number;
    /**
     * A script of a provider of external storage. Default: 850, just below what the master waits
     */
    extScript?: number;
    /**
     * One look at all processes. Default: 30
     */
    processScan?: number;
    /**
     * Waiting for another call on the same instance or disk. Default: 900
     */
    lock?: number;
    /**
     * What still runs when the daemon is told to stop; daemon-util kills after 30. Default: 25
     */
    finish?: number;
  };
  /**
   * The chroot hypervisor.
   */
  chroot?: {
    /**
     * The start script of an instance, in seconds. Default: 300
     */
    startTimeout?: number;
    /**
     * Enforce maxmem and vcpus by control groups, and let ballooning change the former. Default: false, as in Ganeti
     */
    enforceLimits?: boolean;
    /**
     * Let instance_info and all_instances_info tell real memory and CPU time. Default: false, zeros as in Ganeti
     */
    reportUsage?: boolean;
    /**
     * The control group below which each instance has its own, in every hierarchy. Default: chroot-noded, in a container or with --state-dir followed by a mark of its own
     */
    cgroupParent?: string;
  };
  /**
   * The Ganeti that the master runs.
   */
  ganeti?: {
    /**
     * The version to speak, whatever is installed. Default: the version that is installed and active on this machine, followed when it changes; without Ganeti the newest of these
     */
    version?: '3.0' | '3.1';
    /**
     * The directory with the code of the active version, also with --state-dir: its constants say which version that is. Default: /usr/share/ganeti/default
     */
    shareDir?: string;
  };
  /**
   * The call node_powercycle.
   */
  powercycle?: {
    /**
     * Whether the call reboots the node. Default: true
     */
    enabled?: boolean;
  };
}
