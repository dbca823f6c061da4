import type { ShardJson } from "./shardJson.ts";

/** Numbers of messages from one shard to another; undefined if the node follows neither. */
export interface Flow {
  readonly inFlight: bigint;
  readonly delivered: bigint;
}

/** The source knows what it sent and what was acknowledged, the destination what it received and what is due. */
export function flowOf(from: ShardJson, to: ShardJson): Flow | undefined {
  const outgoing = from.queues?.find(({ destination }) => destination === to.shard);
  const incoming = to.queues?.find(({ destination }) => destination === from.shard);
  if (incoming !== undefined) {
    const delivered = BigInt(incoming.received);
    // The two states are of different times.
    const waiting = outgoing === undefined ? BigInt(incoming.due) : BigInt(outgoing.sent) - delivered;
    return { inFlight: waiting > 0n ? waiting : 0n, delivered };
  }
  if (outgoing === undefined) return undefined;
  return { inFlight: BigInt(outgoing.waiting), delivered: BigInt(outgoing.acknowledged) };
}
