import { readOutbox, SHARD_GATEWAY_ADDRESS, sentMessage } from "@trellis/contracts";
import {
  bloomBits,
  bloomContainsAny,
  type ChainBlock,
  decodeMessage,
  encodeMessage,
  type Message,
} from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ChainTables } from "../store/tables.ts";
import type { KeepShardData } from "./keepAnchors.ts";
import { shardKey } from "./shardKey.ts";

interface KeepMessagesPorts extends KnownBlocks {
  readonly tables: Pick<ChainTables, "sentMessages">;
  readonly states: StateStore;
}

const GATEWAY_BITS = bloomBits([SHARD_GATEWAY_ADDRESS]);

/** Keeps the messages of final blocks until the final state has their acknowledgement. [SHARD-23] */
export function keepMessages({ tables, blocks, chainDag, states }: KeepMessagesPorts): KeepShardData {
  const { sentMessages } = tables;
  return (batch, { final }) => {
    const acknowledging = new Set<number>();
    for (const hash of chainDag.dag.chainPath(states.baseHash, final).added) {
      for (const message of messagesSentIn(blocks.executedBlock(hash)))
        batch.put(sentMessages, shardKey(message.destination, message.index), encodeMessage(message));
      // A shard's batch proves what it has consumed.
      for (const { source } of blocks.storedBlock(hash).body.crossShard?.batches ?? [])
        acknowledging.add(source);
    }
    for (const destination of acknowledging) {
      const to = shardKey(destination, readOutbox(states.reader(final), destination).acknowledged);
      for (const [key] of sentMessages.range({ from: shardKey(destination, 0), to }))
        batch.delete(sentMessages, key);
    }
  };
}

export function keptMessage(
  { sentMessages }: Pick<ChainTables, "sentMessages">,
  destination: number,
  index: number,
): Message | undefined {
  const encoded = sentMessages.get(shardKey(destination, index));
  return encoded && decodeMessage(encoded);
}

export function messagesSentIn({
  header,
  deliveries = [],
  transactions,
}: Pick<ChainBlock, "header" | "deliveries" | "transactions">): Message[] {
  if (!bloomContainsAny(header.logsBloom, GATEWAY_BITS)) return [];
  return [...deliveries, ...transactions]
    .flatMap(({ receipt }) => receipt.logs)
    .flatMap((log) => sentMessage(log) ?? []);
}
