import { type Log, type Scheduler, silentLog, silentMetrics } from "@trellis/base";
import type { IndexView } from "@trellis/indexer";
import { FakeChainView, testSigner } from "@trellis/kit/chainView";
import type { ListenerTls } from "@trellis/platform/tls";
import { OutgoingBytes } from "../guards/OutgoingBytes.ts";
import type { RpcGuard } from "../guards/RpcGuard.ts";
import type { RpcUsage } from "../guards/RpcUsage.ts";
import { textOf } from "../jsonrpc/answers.ts";
import type { Handler } from "../jsonrpc/createHandler.ts";
import { DEFAULT_RPC_OPTIONS, type RpcLimits, type RpcOptions } from "../options.ts";
import type { DevControl, ForkedChain, RpcNodePorts, ShardPeers, TraceCall } from "../ports.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { ReadPool } from "../reads/pool/ReadPool.ts";
import type { Session } from "../Session.ts";
import { createNode } from "../server/createNode.ts";
import { createNodeHandler } from "../server/createRpcServer.ts";
import { FakeFinality } from "./FakeFinality.ts";
import { FakeMining } from "./FakeMining.ts";
import { FakeNetwork } from "./FakeNetwork.ts";
import { FakePool } from "./FakePool.ts";
import { testSession } from "./testSession.ts";
import { VirtualTime } from "./VirtualTime.ts";

export interface JsonRpcAnswer {
  readonly jsonrpc: "2.0";
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface FakeNodeOptions extends Partial<Omit<RpcOptions, "limits">> {
  readonly limits?: Partial<RpcLimits>;
  readonly log?: Log;
  readonly without?: readonly (
    | "signers"
    | "devControl"
    | "mining"
    | "finality"
    | "network"
    | "networkControl"
  )[];
  readonly scheduler?: Scheduler;
  readonly chain?: FakeChainView;
  readonly index?: IndexView;
  readonly trace?: TraceCall;
  readonly readPool?: ReadPool;
  readonly guard?: RpcGuard;
  readonly usage?: RpcUsage;
  readonly tls?: ListenerTls;
  readonly commands?: DevControl["commands"];
  readonly forked?: ForkedChain;
  readonly settled?: RpcNodePorts["settled"];
  readonly engines?: RpcNodePorts["engines"];
  readonly shards?: ShardPeers;
}

const tipsAbove = (_: unknown, floorWei: bigint) => ({
  low: floorWei + 1n,
  normal: floorWei + 2n,
  fast: floorWei + 3n,
});

export class FakeNode {
  readonly chain: FakeChainView;
  readonly pool = new FakePool();
  readonly finality = new FakeFinality();
  readonly mining = new FakeMining();
  readonly network = new FakeNetwork();
  readonly time = new VirtualTime();
  readonly options: RpcOptions;
  readonly dependencies: RpcNodePorts;
  readonly node: RpcNode;
  readonly handle: Handler;
  readonly mined: number[] = [];

  constructor({
    limits,
    log = silentLog,
    without = [],
    scheduler,
    chain: given,
    index,
    trace,
    readPool,
    guard,
    usage,
    tls,
    commands = "a fake node takes no commands",
    forked,
    settled,
    engines,
    shards,
    ...options
  }: FakeNodeOptions = {}) {
    this.chain = given ?? new FakeChainView();
    this.options = {
      ...DEFAULT_RPC_OPTIONS,
      port: 0,
      roles: ["public", "debug", "mining", "admin", "dev"],
      ...options,
      limits: { ...DEFAULT_RPC_OPTIONS.limits, ...limits },
    };
    const { chain, pool, time } = this;
    const all = {
      chain,
      pool,
      intake: pool,
      ...(settled === undefined ? {} : { settled }),
      clock: time,
      scheduler: scheduler ?? time,
      log,
      metrics: silentMetrics,
      suggestTips: tipsAbove,
      signers: [testSigner(0), testSigner(1)],
      devControl: {
        mine: async (count: number) => {
          this.mined.push(count);
          return Array.from({ length: count }, () => chain.add().hash);
        },
        commands,
      },
      forked,
      shards,
      mining: this.mining,
      finality: this.finality,
      ...(index === undefined ? {} : { index }),
      trace,
      readPool,
      guard,
      usage,
      tls,
      engines,
      network: this.network,
      networkControl: this.network,
    };
    this.dependencies = Object.fromEntries(
      Object.entries(all).filter(([name]) => !without.some((absent) => absent === name)),
    ) as unknown as RpcNodePorts;
    this.node = createNode(this.options, this.dependencies);
    const outgoing = new OutgoingBytes(this.options.limits.outgoingBytesMax);
    this.handle = createNodeHandler(this.node, this.dependencies, outgoing, this.options);
  }

  async send(message: string, from: Partial<Session> = {}): Promise<unknown> {
    const session = testSession({ arrivedMs: this.time.nowMs(), ...from });
    const answer = await this.handle(Buffer.from(message), session);
    return answer === undefined ? undefined : JSON.parse(textOf(answer));
  }

  async call(method: string, ...params: unknown[]): Promise<JsonRpcAnswer> {
    return (await this.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))) as JsonRpcAnswer;
  }

  async result(method: string, ...params: unknown[]): Promise<unknown> {
    const { result, error } = await this.call(method, ...params);
    return error === undefined ? result : { error };
  }
}
