import type { Log, Metrics, Random } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import { createNetwork, type NameResolver, type Network, type PeerBookStore } from "@trellis/network";
import type { FinalityIntake, Hash, OutboxExchange } from "@trellis/protocol";
import type { SimTransport } from "../internet/SimTransport.ts";
import type { NodeTime } from "../world/NodeTime.ts";

interface StartNetworkOptions {
  readonly shard: number;
  readonly bootstrap: readonly string[];
  readonly outboundTarget: number;
  readonly checkpoint?: Hash;
  readonly voteIntake?: FinalityIntake;
  /** In shard 0. */
  readonly exchange?: OutboxExchange | undefined;
}

interface StartNetworkPorts {
  readonly time: NodeTime;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly transport: SimTransport;
  readonly resolver: NameResolver;
  readonly peerBook: PeerBookStore;
}

export async function startNetwork(
  chain: Chain,
  { voteIntake, exchange, ...options }: StartNetworkOptions,
  { time, transport, resolver, peerBook, ...ports }: StartNetworkPorts,
): Promise<Network> {
  const network = await createNetwork(
    { agent: "simulator", ...options },
    {
      transport,
      resolver,
      peerBook,
      chain: chain.exchange,
      states: chain.states,
      view: chain.view,
      pool: chain.pool,
      intake: chain.intake,
      outboxes: exchange,
      ...(voteIntake === undefined ? {} : { voteIntake }),
    },
    { ...ports, clock: time, scheduler: time },
  );
  await network.start();
  return network;
}
