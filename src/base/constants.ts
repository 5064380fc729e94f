/** Ganeti's constants that more than one place needs (Ganeti: constants). */

/** NODED: what the node daemon is called in lists of processes and of services. */
export const NODED = 'ganeti-noded';

/** DEFAULT_NODED_PORT: where node daemons listen. */
export const NODED_PORT = 1811;

/** HOOKS_PATH: where scripts find programs. */
export const HOOKS_PATH = '/sbin:/bin:/usr/sbin:/usr/bin';

export const RSA_KEY_BITS = 2048;

/** X509_CERT_DEFAULT_VALIDITY: five years. */
export const CERTIFICATE_DAYS = 1825;

/** NODE_MAX_CLOCK_SKEW: how far the clocks of nodes may be apart; new certificates are used at once. */
export const CLOCK_SKEW_MS = 150_000;

/** The largest value in a file of ssconf (ssconf._MAX_SIZE); its readers refuse more. */
export const MAX_SSCONF_BYTES = 128 * 1024;

/** IP6_FAMILY: AF_INET6. */
export const IPV6_FAMILY = 10;
