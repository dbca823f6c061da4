import type { NetworkView } from "@trellis/protocol";

/** A node of a cluster, beside the first. */
export interface ReadyNode {
  readonly pid: number;
  readonly rpc: string;
  readonly http: string;
}

/** A reserves service to try out. */
interface ReadyReserves {
  /** `http://127.0.0.1:8080/v1` */
  readonly url: string;
  readonly adminKey: string;
  /** Of one customer, who sees what is theirs. */
  readonly customer: string;
  readonly customerKey: string;
}

/** A market to try arbitrage out on. */
interface ReadyArbitrage {
  /** Of the service: its database's setting counts before --arbitrage. */
  readonly mode: "paper" | "live" | "market";
  /** `http://127.0.0.1:8080/arbitrage/v1`, soon after; null without a service. */
  readonly url: string | null;
  readonly adminKey: string | null;
  /** For `trellis arbitrage --config`. */
  readonly settingsFile: string;
}

/** Where a started node answers. */
export interface ReadyFacts {
  /** `http://127.0.0.1:8545` */
  readonly rpc: string;
  /** `ws://127.0.0.1:8545` */
  readonly ws: string;
  /** The service port: `http://127.0.0.1:8080`. */
  readonly http: string;
  readonly chainId: number;
  /** Absolute; null when nothing is kept. */
  readonly dataDir: string | null;
  /** How other nodes know and reach it; absent when it is alone. */
  readonly p2p?: { readonly id: string; readonly addresses: readonly string[] };
  /** The public key of the validator that votes here, in hexadecimal; absent where none does. */
  readonly validator?: string;
  /** The other nodes of the cluster that it runs. */
  readonly nodes?: readonly ReadyNode[];
  /** The demo custodian; absent where there is none. */
  readonly reserves?: ReadyReserves;
  /** The demo market; absent where there is none. */
  readonly arbitrage?: ReadyArbitrage;
}

/** What programs wait for: one line of JSON. */
export function readyLine(ready: ReadyFacts): string {
  const { rpc, ws, http, chainId, dataDir, p2p, validator, nodes, reserves, arbitrage } = ready;
  const node = { rpc, ws, http, chainId, dataDir, p2p, validator };
  return `${JSON.stringify({ event: "ready", ...node, nodes, reserves, arbitrage })}\n`;
}

/** How a node is known and reached, as it is told to programs. */
export function p2pOf(network: Pick<NetworkView, "nodeInfo">): NonNullable<ReadyFacts["p2p"]> {
  const { id, addresses } = network.nodeInfo();
  return { id, addresses };
}
