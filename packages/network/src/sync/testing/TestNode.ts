import { type Facts, silentLog, silentMetrics } from "@trellis/base";
import type { Block, StateExchange } from "@trellis/protocol";
import type { Offence, PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerId } from "../../transport/Transport.ts";
import { createWire } from "../../wire/index.ts";
import { createSync, type Sync } from "../createSync.ts";
import type { NetworkPorts } from "../ports.ts";
import type { TestInternet, TestTransport } from "./TestTransport.ts";
import { openTestChain, TEST_PARAMETERS, type TestChain } from "./testChain.ts";
import { seededBytes } from "./VirtualTime.ts";

/** Remembers what was reported, and bans nobody unless it is told to. */
export class TestGuard implements PeerGuard {
  readonly reports: { readonly peer: PeerId; readonly offence: Offence; readonly facts: Facts }[] = [];
  readonly untrusted = new Set<PeerId>();
  /** Protocols of which nothing is left. */
  readonly spent = new Set<string>();

  report(peer: PeerId, offence: Offence, facts: Facts = {}): void {
    this.reports.push({ peer, offence, facts });
  }

  credit(): void {}

  spend(_peer: PeerId, bucket: string): boolean {
    return !this.spent.has(bucket);
  }

  isTrusted(peer: PeerId): boolean {
    return !this.untrusted.has(peer);
  }

  offencesOf(peer: PeerId): Offence[] {
    return [...new Set(this.reports.filter((report) => report.peer === peer).map(({ offence }) => offence))];
  }
}

export interface TestNode {
  readonly chain: TestChain;
  readonly transport: TestTransport;
  readonly guard: TestGuard;
  readonly sync: Sync;
  connectTo(...others: readonly TestNode[]): Promise<void>;
  stop(): Promise<void>;
}

const wire = createWire(TEST_PARAMETERS);
export const TEST_WIRE = wire;

export interface TestNodeOptions {
  readonly blocks?: readonly Block[];
  readonly store?: TestChain["store"];
  readonly states?: StateExchange;
  readonly ports?: Partial<NetworkPorts>;
  readonly shard?: number;
}

/** A chain with its sync on the virtual internet, without gossip. */
export async function startTestNode(
  internet: TestInternet,
  name: string,
  { blocks = [], store, states = noStates, ports = {}, shard = 0 }: TestNodeOptions = {},
): Promise<TestNode> {
  const { time } = internet;
  const chain = await openTestChain(time, store);
  await chain.exchange.importBlocks(blocks);
  const transport = internet.transport(name);
  const guard = new TestGuard();
  const sync = createSync(
    { shard, agent: name },
    { wire, transport, guard, chain: chain.exchange, states, view: chain.view },
    {
      clock: time,
      scheduler: time,
      random: seededBytes(name),
      log: silentLog,
      metrics: silentMetrics,
      ...ports,
    },
  );
  const servers = new Map(sync.servers.map((server) => [server.protocol.id, server]));
  await transport.start(
    {
      refusal: () => undefined,
      connected: (connection) => sync.connected(connection),
      disconnected: (peer) => sync.disconnected(peer),
      answer: (peer, protocol, request) => servers.get(protocol)!.answer(peer, request),
      judge: async () => "ignore",
      discovered: () => {},
    },
    sync.servers.map(({ protocol }) => protocol),
  );
  sync.start();
  return {
    chain,
    transport,
    guard,
    sync,
    async connectTo(...others) {
      const dials = others.map((other) => transport.dial(other.transport.addresses()[0]!));
      await time.run(100);
      await Promise.all(dials);
    },
    async stop() {
      sync.stop();
      await transport.stop();
    },
  };
}

const noStates: StateExchange = {
  stateRange() {
    throw new Error("no states here");
  },
  code: () => undefined,
  importHeaders: async () => [],
  adoption: () => undefined,
  adopt() {
    throw new Error("no states here");
  },
};
