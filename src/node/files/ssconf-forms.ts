/** What the configuration daemon writes for the master's name while a cluster is destroyed. */
const NO_MASTER = 'NO MASTER';

/** An address of a node. */
export interface NodeAddress {
  readonly node: string;
  readonly address: string;
}

/** The values that are read here, by the names of their files without `ssconf_`. */
export interface SsconfValues {
  /** A name. */
  cluster_name: string;
  /** A name, or `NO MASTER` in the last moments of a cluster. */
  master_node: string;
  /** Names of all nodes. */
  node_list: string[];
  online_nodes: string[];
  node_primary_ips: NodeAddress[];
  node_secondary_ips: NodeAddress[];
  /** As socket(2) numbers it; 0 when the cluster does not say. */
  primary_ip_family: number;
  /** Ports of the SSH daemons by node name. */
  ssh_ports: Map<string, number>;
}

/**
 * How these values are read, without line breaks at their end. Each throws an Error that quotes what is not as the master
 * writes it.
 */
export const SSCONF_FORMS: {
  readonly [K in keyof SsconfValues]: (text: string) => SsconfValues[K];
} = {
  cluster_name: name,
  master_node: (text) => (text === NO_MASTER ? text : name(text)),
  node_list: lines,
  online_nodes: lines,
  node_primary_ips: addresses,
  node_secondary_ips: addresses,
  primary_ip_family: (text) => Number(matched(/^(\d*)$/, text)[1]),
  ssh_ports: ports,
};

function name(text: string): string {
  return matched(/^\S+$/, text)[0];
}

function lines(text: string): string[] {
  return text === '' ? [] : text.split('\n');
}

function addresses(text: string): NodeAddress[] {
  return lines(text).map((line) => {
    const [, node = '', address = ''] = matched(/^(\S+) (\S+)$/, line);
    return { node, address };
  });
}

function ports(text: string): Map<string, number> {
  return new Map(
    lines(text).map((line) => {
      const [, node = '', port] = matched(/^([^=\s]+)=(\d{1,5})$/, line);
      return [node, Number(port)];
    }),
  );
}

function matched(form: RegExp, text: string): RegExpExecArray {
  const match = form.exec(text);
  if (match === null) throw new Error(JSON.stringify(text.slice(0, 80)));
  return match;
}
