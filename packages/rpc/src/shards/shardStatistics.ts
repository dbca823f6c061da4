import { quantityToHex } from "@trellis/base";
import {
  type Inbox,
  type Outbox,
  readGateway,
  readInbox,
  readOutbox,
  readShardRecord,
} from "@trellis/contracts";
import type { ChainBlock, ChainView, StateReader } from "@trellis/protocol";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcNode } from "../RpcNode.ts";
import { ownShard } from "./followedShards.ts";

const WINDOW_BLOCKS = 20;

/** JSON, because the threads of shards exchange it. */
export interface ShardStatistics {
  readonly shard: number;
  readonly chainId: string;
  readonly number: string;
  readonly finalizedNumber: string;
  readonly finalityLagBlocks: string;
  readonly finalityLagMs: string;
  readonly gasShare: number;
  readonly transactionsPerSecond: number;
  readonly queues: readonly object[];
  readonly queueMax: string | null;
  readonly windowBlocks: number;
  readonly deliveriesInWindow: string;
  /** Between TIMESTAMPs of sending and delivery. */
  readonly latencySeconds: { readonly count: number; readonly p50: number; readonly p99: number } | null;
  /** Of the other shards, in shard 0's state. */
  readonly records: readonly (object | null)[] | null;
}

/** [RPC-35] */
export async function shardStatistics(
  { chain }: Pick<RpcNode, "chain">,
  pacing: Pacing,
): Promise<ShardStatistics> {
  const head = chain.head();
  const final = chain.finalized().header;
  const { sharding, chainId } = chain.parameters;
  const shard = ownShard({ chain });
  const state = sharding === undefined ? undefined : chain.stateAt(head.hash);
  const blocks = await newestBlocks(chain, head, pacing);
  return {
    shard,
    chainId: quantityToHex(chainId),
    number: quantityToHex(head.header.number),
    finalizedNumber: quantityToHex(final.number),
    finalityLagBlocks: quantityToHex(head.header.number - final.number),
    finalityLagMs: quantityToHex(Math.max(0, head.header.timestampMs - final.timestampMs)),
    ...loadOf(blocks),
    ...deliveriesIn(blocks, state),
    queues: state === undefined ? [] : queuesOf(state, shard, sharding!.count),
    queueMax: sharding === undefined ? null : quantityToHex(sharding.queueMax),
    windowBlocks: WINDOW_BLOCKS,
    records: state === undefined || shard !== 0 ? null : recordsOf(state, sharding!.count),
  };
}

/** Newest first, without genesis. */
async function newestBlocks(chain: ChainView, head: ChainBlock, pacing: Pacing): Promise<ChainBlock[]> {
  const blocks: ChainBlock[] = [];
  for (let at: ChainBlock | undefined = head; at !== undefined && blocks.length < WINDOW_BLOCKS; ) {
    const [parent]: ChainBlock["header"]["parents"] = at.header.parents;
    if (parent === undefined) break;
    blocks.push(at);
    if (pacing.isDue) await pacing.pause();
    at = chain.blockByHash(parent);
  }
  return blocks;
}

function loadOf(blocks: readonly ChainBlock[]): Pick<ShardStatistics, "gasShare" | "transactionsPerSecond"> {
  const sum = (amount: (block: ChainBlock) => number): number =>
    blocks.reduce((total, block) => total + amount(block), 0);
  const gasLimit = sum((block) => Number(block.gasLimit));
  const newest = blocks[0]?.header.timestampMs ?? 0;
  const seconds = (newest - (blocks.at(-1)?.header.timestampMs ?? 0)) / 1000;
  // The oldest block only begins the time.
  const count = sum(({ transactions }) => transactions.length) - (blocks.at(-1)?.transactions.length ?? 0);
  return {
    gasShare: gasLimit === 0 ? 0 : sum(({ header }) => Number(header.gasUsed)) / gasLimit,
    transactionsPerSecond: seconds > 0 ? count / seconds : 0,
  };
}

function deliveriesIn(
  blocks: readonly ChainBlock[],
  state: StateReader | undefined,
): Pick<ShardStatistics, "deliveriesInWindow" | "latencySeconds"> {
  const lifetime = state === undefined ? 0 : readGateway(state).lifetimeSeconds;
  const delivered = blocks.flatMap(({ deliveries = [], timestamp }) =>
    deliveries.map(({ message }) => ({ message, timestamp })),
  );
  const latencies = delivered
    .filter(({ message }) => message.kind === "call")
    .map(({ message, timestamp }) => Math.max(0, timestamp - (message.expiry - lifetime)))
    .sort((a, b) => a - b);
  const quantile = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]!;
  return {
    deliveriesInWindow: quantityToHex(delivered.length),
    latencySeconds:
      latencies.length === 0 ? null : { count: latencies.length, p50: quantile(0.5), p99: quantile(0.99) },
  };
}

function queuesOf(state: StateReader, shard: number, count: number): object[] {
  return Array.from({ length: count }, (_, other) => other)
    .filter((other) => other !== shard)
    .map((other) => encodeQueues(other, readOutbox(state, other), readInbox(state, other)));
}

function encodeQueues(destination: number, outbox: Outbox, inbox: Inbox): object {
  return {
    destination,
    sent: quantityToHex(outbox.sent),
    acknowledged: quantityToHex(outbox.acknowledged),
    waiting: quantityToHex(outbox.sent - outbox.acknowledged),
    valueWei: quantityToHex(outbox.value),
    received: quantityToHex(inbox.next),
    known: quantityToHex(inbox.known),
    due: quantityToHex(inbox.known - inbox.next),
    receivedWei: quantityToHex(inbox.value),
  };
}

/** By shard; null for shard 0. */
function recordsOf(state: StateReader, count: number): (object | null)[] {
  return Array.from({ length: count }, (_, shard) => {
    if (shard === 0) return null;
    const { height, number, hash, stateRoot, epoch } = readShardRecord(state, shard);
    return {
      height: quantityToHex(height),
      number: quantityToHex(number),
      hash,
      stateRoot,
      epoch: quantityToHex(epoch),
    };
  });
}
