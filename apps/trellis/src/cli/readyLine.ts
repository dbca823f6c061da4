import type { NetworkView } from "@trellis/protocol";

/** A node of a cluster, beside the first. */
export interface ReadyNode {
  readonly pid: number;
  readonly rpc: string;
  readonly http: string;
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
  /** The other nodes of the cluster that it runs. */
  readonly nodes?: readonly ReadyNode[];
}

/** What programs wait for: one line of JSON. */
export function readyLine(ready: ReadyFacts): string {
  const { rpc, ws, http, chainId, dataDir, p2p, nodes } = ready;
  return `${JSON.stringify({ event: "ready", rpc, ws, http, chainId, dataDir, p2p, nodes })}\n`;
}

/** How a node is known and reached, as it is told to programs. */
export function p2pOf(network: Pick<NetworkView, "nodeInfo">): NonNullable<ReadyFacts["p2p"]> {
  const { id, addresses } = network.nodeInfo();
  return { id, addresses };
}
