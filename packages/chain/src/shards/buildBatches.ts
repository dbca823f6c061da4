import { type Message, type MessageBatch, messageGas, type Sharding } from "@trellis/protocol";
import type { AnchoredRecord } from "../consensus/rules/AnchoredState.ts";
import { type CarryingBlock, optionsOf, queuesOf } from "./carryMessages.ts";
import { selectMessages } from "./dueMessages.ts";
import type { ProvenQueues } from "./outboxProof.ts";

/** Messages of one source to one destination, as a record proves them. */
export interface Outbox extends ProvenQueues {
  /** From the first undelivered one; fewer than sent if data is missing, or they are many. */
  readonly messages: readonly Message[];
  /** Proves the counters, and the first `count` messages. */
  prove(count: number): MessageBatch;
}

export interface Outboxes {
  /**
   * Undefined if the node lacks the source's state.
   * @param next index of the first undelivered message
   */
  open(
    source: number,
    record: AnchoredRecord,
    request: { readonly destination: number; readonly next: number },
  ): Outbox | undefined;
}

/** Undefined if no valid block with these records can be built from the data. [SHARD-12] */
export function buildBatches(
  block: CarryingBlock,
  outboxes: Outboxes,
  sharding: Sharding,
): MessageBatch[] | undefined {
  const opened = new Map<number, Outbox>();
  let lacksData = false;
  for (const { source, isBehind, due, inbox, record } of queuesOf(block, new Map())) {
    if (!isBehind && due === 0) continue;
    const outbox = outboxes.open(source, record, { destination: block.shard, next: inbox.next });
    if (outbox !== undefined) opened.set(source, outbox);
    else if (isBehind) lacksData = true;
  }
  // Only now, so that missing data of all sources is requested at once.
  if (lacksData) return undefined;
  const gasOf = (source: number, position: number): bigint | undefined => {
    const message = opened.get(source)?.messages[position];
    return message && messageGas(message);
  };
  const selected = selectMessages(queuesOf(block, opened), optionsOf(block, sharding), gasOf);
  return selected && [...selected].map(([source, gas]) => opened.get(source)!.prove(gas.length));
}
