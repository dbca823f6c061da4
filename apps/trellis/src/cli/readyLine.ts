import type { NetworkView } from "@trellis/protocol";

export interface ReadyNode {
  readonly pid: number;
  readonly rpc: string;
  readonly http: string;
}

/** Of a shard above 0. */
export interface ReadyShard {
  readonly shard: number;
  readonly chainId: number;
  readonly rpc: string;
  readonly ws: string;
  readonly p2p?: { readonly id: string; readonly addresses: readonly string[] };
}

interface ReadyReserves {
  readonly url: string;
  readonly adminKey: string;
  readonly customer: string;
  readonly customerKey: string;
}

interface ReadyArbitrage {
  /** A stored setting can override --arbitrage. */
  readonly mode: "paper" | "live" | "market";
  readonly url: string | null;
  readonly adminKey: string | null;
  readonly settingsFile: string;
}

export interface ReadyFacts {
  readonly rpc: string;
  readonly ws: string;
  readonly http: string;
  readonly chainId: number;
  readonly dataDir: string | null;
  readonly p2p?: { readonly id: string; readonly addresses: readonly string[] };
  /** HOST:PORT */
  readonly stratum?: string;
  readonly validator?: string;
  readonly shards?: readonly ReadyShard[];
  readonly nodes?: readonly ReadyNode[];
  readonly reserves?: ReadyReserves;
  readonly arbitrage?: ReadyArbitrage;
}

export function readyLine(ready: ReadyFacts): string {
  const { rpc, ws, http, chainId, dataDir, p2p, stratum, validator, shards, nodes, reserves } = ready;
  const { arbitrage } = ready;
  const node = { rpc, ws, http, chainId, dataDir, p2p, stratum, validator };
  return `${JSON.stringify({ event: "ready", ...node, shards, nodes, reserves, arbitrage })}\n`;
}

export function p2pOf(network: Pick<NetworkView, "nodeInfo">): NonNullable<ReadyFacts["p2p"]> {
  const { id, addresses } = network.nodeInfo();
  return { id, addresses };
}
