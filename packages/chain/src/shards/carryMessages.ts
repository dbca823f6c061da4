import { isTrellisError } from "@trellis/base";
import { deliverCall, type Inbox, isStalled, readInbox, synchronizeCall } from "@trellis/contracts";
import {
  type Hash,
  type Message,
  type MessageBatch,
  messageGas,
  type OpeningCall,
  type Sharding,
  type StateReader,
} from "@trellis/protocol";
import type { AnchoredRecord } from "../consensus/rules/AnchoredState.ts";
import {
  dueOrder,
  findInclusionFault,
  type InclusionOptions,
  inTurn,
  type SourceQueue,
} from "./dueMessages.ts";
import { type ProvenQueues, verifyMessageBatch } from "./outboxProof.ts";

export interface CarryingBlock {
  readonly shard: number;
  readonly selectedParent: Hash;
  /** TIMESTAMP */
  readonly timestamp: number;
  /** Of a carrier. */
  readonly gasLimit: bigint;
  /** After the selected parent. */
  readonly state: StateReader;
  /** At the block's anchor. Empty before the first one. */
  readonly records: readonly AnchoredRecord[];
}

/** [SHARD-13] */
export interface CarriedMessages {
  readonly openingCalls: readonly OpeningCall[];
  /** Of the deliveries, in order. */
  readonly messages: readonly Message[];
}

type Carried = CarriedMessages & { readonly fault?: string };

export const NO_MESSAGES: CarriedMessages = { openingCalls: [], messages: [] };

/** With the counters that the block proves. */
interface KnownQueue extends SourceQueue {
  readonly inbox: Omit<Inbox, "value">;
  readonly record: AnchoredRecord;
}

/** Calls of a chain block that carries these batches, or why it may not. [SHARD-12] [SHARD-13] */
export function carryMessages(
  block: CarryingBlock,
  batches: readonly MessageBatch[],
  sharding: Sharding,
): Carried {
  const proven = new Map<number, ProvenQueues>();
  for (const batch of batches) {
    const record = block.records[batch.source];
    const counters = record && proofOf(record, batch, block.shard, sharding);
    if (counters === undefined) return { ...NO_MESSAGES, fault: "batch not proven by its record" };
    proven.set(batch.source, counters);
  }
  const queues = queuesOf(block, proven);
  const carried = new Map(batches.map(({ source, messages }) => [source, messages]));
  const fault = findFault(queues, carried, optionsOf(block, sharding));
  return fault === undefined
    ? callsOf(queues, carried, proven, optionsOf(block, sharding))
    : { ...NO_MESSAGES, fault };
}

export function optionsOf(
  { gasLimit, selectedParent }: CarryingBlock,
  { count }: Sharding,
): InclusionOptions {
  return { gasLimit, shardCount: count, parent: selectedParent };
}

/** @param proven counters by source; without them, those of the inbox count */
export function queuesOf(
  { shard, timestamp, state, records }: CarryingBlock,
  proven: ReadonlyMap<number, ProvenQueues>,
): KnownQueue[] {
  return records.flatMap((record, source) => {
    if (source === shard) return [];
    const before = readInbox(state, source);
    const isBehind = record.height > before.height;
    const inbox = isBehind ? synchronized(before, proven.get(source)?.sent ?? 0, timestamp) : before;
    const due = inbox.known - inbox.next;
    return [{ source, isBehind, due, isStalled: isStalled(inbox, timestamp), inbox, record }];
  });
}

/** As `synchronize` in ShardGateway.sol. [SHARD-9] */
function synchronized(inbox: Inbox, sent: number, timestamp: number): Inbox {
  const { next, known, since } = inbox;
  if (sent <= known) return inbox;
  return { ...inbox, known: sent, since: next === known ? timestamp : since };
}

function findFault(
  queues: readonly KnownQueue[],
  carried: ReadonlyMap<number, readonly Message[]>,
  options: InclusionOptions,
): string | undefined {
  const gas = new Map([...carried].map(([source, messages]) => [source, messages.map(messageGas)]));
  const fault = findInclusionFault(queues, gas, options);
  if (fault !== undefined) return fault;
  const isNext = ({ source, inbox }: KnownQueue) => {
    const first = carried.get(source)?.[0];
    return first === undefined || first.index === inbox.next;
  };
  return queues.every(isNext) ? undefined : "message is not the next of its source";
}

function callsOf(
  queues: readonly KnownQueue[],
  carried: ReadonlyMap<number, readonly Message[]>,
  proven: ReadonlyMap<number, ProvenQueues>,
  options: InclusionOptions,
): CarriedMessages {
  const countOf = (source: number): number => carried.get(source)?.length ?? 0;
  const sources = queues.map((queue) => ({ ...queue, due: countOf(queue.source) }));
  const behind = inTurn(
    queues.filter(({ isBehind }) => isBehind),
    options,
  );
  const positions = new Map<number, number>();
  const messages = [...dueOrder(sources, options)].map((source) => {
    const position = positions.get(source) ?? 0;
    positions.set(source, position + 1);
    return carried.get(source)![position]!;
  });
  const synchronize = behind.map(({ source, record }) =>
    synchronizeCall({ source, height: record.height, ...proven.get(source)! }),
  );
  return {
    messages,
    openingCalls: [
      ...synchronize.map((call) => ({ ...call, isDelivery: false })),
      ...messages.map((message) => ({ ...deliverCall(message), isDelivery: true })),
    ],
  };
}

/** Undefined if wrong, or if nothing is recorded: no state has the root zero. */
function proofOf(
  { stateRoot }: AnchoredRecord,
  batch: MessageBatch,
  destination: number,
  { queueMax }: Sharding,
): ProvenQueues | undefined {
  try {
    return verifyMessageBatch(stateRoot, batch, { destination, queueMax });
  } catch (error) {
    if (isTrellisError(error, "MESSAGE_PROOF_INVALID")) return undefined;
    throw error;
  }
}
