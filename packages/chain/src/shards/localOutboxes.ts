import { isTrellisError } from "@trellis/base";
import { readInbox, readOutbox, readOutboxHead, SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import {
  type AccountProof,
  type ChainView,
  EMPTY_OUTBOX_HEAD,
  type Hash,
  MESSAGE_BATCH_LIMITS,
  type Message,
  type MessageBatch,
  OUTBOX_RANGE_LIMITS,
  type OutboxRange,
  type OutboxRequest,
} from "@trellis/protocol";
import type { AnchoredRecord } from "../consensus/rules/AnchoredState.ts";
import type { Outboxes } from "./buildBatches.ts";
import { messagesSentIn } from "./keepMessages.ts";
import { proveHeads, proveOutbox } from "./outboxProof.ts";

interface SourceView
  extends Pick<ChainView, "blockByNumber" | "finalized" | "hashByNumber" | "proofAt" | "stateAt" | "header"> {
  keptMessage(destination: number, index: number): Message | undefined;
}

export interface LocalOutboxes extends Outboxes {
  /** For other nodes. Undefined if this node lacks the state or its messages. [SHARD-20] */
  rangeOf(request: OutboxRequest): OutboxRange | undefined;
}

/** From the chains that this node follows. @param viewOf of a shard, while it is open */
export function localOutboxes(
  viewOf: (shard: number) => SourceView | undefined,
  queueMax: number,
): LocalOutboxes {
  return {
    open(source, record, { destination, next }) {
      const view = viewOf(source);
      if (view === undefined) return undefined;
      const end = next + MESSAGE_BATCH_LIMITS.messagesMax;
      return ifKept(() => openOutbox(view, { source, record, queueMax, destination, next, end }));
    },
    rangeOf({ source, destination, block, first, countMax }) {
      const view = viewOf(source);
      const header = view?.header(block);
      if (view === undefined || header === undefined) return undefined;
      const { number, stateRoot } = header;
      if (view.hashByNumber(number) !== block) return undefined;
      const record = { hash: block, number, stateRoot };
      const end = first + countMax;
      return ifKept(() => {
        const outbox = openOutbox(view, { source, record, queueMax, destination, next: first, end });
        // Heads of older messages are overwritten. [SHARD-9.2]
        return first < outbox.sent - 3 * queueMax ? undefined : outbox.proveAll();
      });
    },
  };
}

function ifKept<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isTrellisError(error, "STATE_UNAVAILABLE")) return undefined;
    throw error;
  }
}

interface Opening {
  readonly source: number;
  readonly record: Pick<AnchoredRecord, "hash" | "number" | "stateRoot">;
  readonly queueMax: number;
  readonly destination: number;
  readonly next: number;
  /** Above the last message. */
  readonly end: number;
}

function openOutbox(view: SourceView, opening: Opening) {
  const { record, queueMax, destination, next, source } = opening;
  const state = view.stateAt(record.hash);
  const { sent } = readOutbox(state, destination);
  const acknowledged = readInbox(state, destination).next;
  const messages = findMessages(view, { ...opening, end: Math.min(sent, opening.end) });
  const gateway = (): AccountProof => view.proofAt(record.hash, SHARD_GATEWAY_ADDRESS);
  const headBefore = (count: number): Hash =>
    next === 0 || count === 0 ? EMPTY_OUTBOX_HEAD : readOutboxHead(state, destination, next - 1, queueMax);
  return {
    sent,
    acknowledged,
    messages,
    prove(count: number): MessageBatch {
      const last = count === 0 ? undefined : next + count - 1;
      return {
        source,
        previousHead: headBefore(count),
        messages: messages.slice(0, count),
        proof: proveOutbox(record.stateRoot, gateway(), { destination, last, queueMax }),
      };
    },
    proveAll(): OutboxRange {
      const carried = withinData(messages);
      const heads = carried.map(({ index }) => index);
      return {
        previousHead: headBefore(carried.length),
        messages: carried,
        proof: proveHeads(record.stateRoot, gateway(), { destination, heads, queueMax }),
      };
    },
  };
}

/** [SHARD-20] */
function withinData(messages: readonly Message[]): readonly Message[] {
  let bytes = 0;
  const end = messages.findIndex(({ data }) => {
    bytes += data.length;
    return bytes > OUTBOX_RANGE_LIMITS.dataBytesMax;
  });
  return end === -1 ? messages : messages.slice(0, end + 1);
}

/** Those of final blocks are kept; later ones are in the logs. */
function findMessages(view: SourceView, { record, destination, next, end }: Opening): Message[] {
  const later = new Map<number, Message>();
  for (let number = record.number; number > view.finalized().header.number; number--)
    for (const message of messagesSentIn(view.blockByNumber(number)!))
      if (message.destination === destination) later.set(message.index, message);
  const messages: Message[] = [];
  for (let index = next; index < end; index++) {
    const message = view.keptMessage(destination, index) ?? later.get(index);
    if (message === undefined) break;
    messages.push(message);
  }
  return messages;
}
