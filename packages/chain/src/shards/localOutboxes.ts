import { isTrellisError, LruMap } from "@trellis/base";
import {
  readInbox,
  readOutbox,
  readOutboxHead,
  SHARD_GATEWAY_ADDRESS,
  sentMessage,
} from "@trellis/contracts";
import {
  bloomBits,
  bloomContainsAny,
  type ChainView,
  EMPTY_OUTBOX_HEAD,
  MESSAGE_BATCH_LIMITS,
  type Message,
  type MessageBatch,
} from "@trellis/protocol";
import type { AnchoredRecord } from "../consensus/rules/AnchoredState.ts";
import type { Outbox, Outboxes } from "./buildBatches.ts";
import { proveOutbox } from "./outboxProof.ts";

type SourceView = Pick<ChainView, "blockByNumber" | "chainHeader" | "hashByNumber" | "proofAt" | "stateAt">;

const KNOWN_BYTES_MAX = 16 << 20;
/** Estimated memory of a message beside its data. */
const MESSAGE_BYTES = 1_000;
const GATEWAY_BITS = bloomBits([SHARD_GATEWAY_ADDRESS]);

/** From the chains that this node follows. @param viewOf of a shard, while it is open */
export function localOutboxes(viewOf: (shard: number) => SourceView | undefined, queueMax: number): Outboxes {
  const known = new LruMap<string, Message>(KNOWN_BYTES_MAX, ({ data }) => MESSAGE_BYTES + data.length);
  return {
    open(source, record, request) {
      const view = viewOf(source);
      if (view === undefined) return undefined;
      try {
        return openOutbox(view, { source, record, queueMax, ...request }, known);
      } catch (error) {
        if (isTrellisError(error, "STATE_UNAVAILABLE")) return undefined;
        throw error;
      }
    },
  };
}

interface OutboxRequest {
  readonly source: number;
  readonly record: AnchoredRecord;
  readonly queueMax: number;
  readonly destination: number;
  readonly next: number;
}

function openOutbox(view: SourceView, request: OutboxRequest, known: LruMap<string, Message>): Outbox {
  const { source, record, queueMax, destination, next } = request;
  const state = view.stateAt(record.hash);
  const { sent } = readOutbox(state, destination);
  const acknowledged = readInbox(state, destination).next;
  const messages = findMessages(
    view,
    { ...request, end: Math.min(sent, next + MESSAGE_BATCH_LIMITS.messagesMax) },
    known,
  );
  return {
    sent,
    acknowledged,
    messages,
    prove(count): MessageBatch {
      const last = count === 0 ? undefined : next + count - 1;
      const gateway = view.proofAt(record.hash, SHARD_GATEWAY_ADDRESS);
      const isFirst = next === 0 || count === 0;
      return {
        source,
        previousHead: isFirst ? EMPTY_OUTBOX_HEAD : readOutboxHead(state, destination, next - 1, queueMax),
        messages: messages.slice(0, count),
        proof: proveOutbox(record.stateRoot, gateway, { destination, last, queueMax }),
      };
    },
  };
}

/** Searches the final chain backwards for the logs, from the record's block. */
function findMessages(
  view: SourceView,
  { source, record, destination, next, end }: OutboxRequest & { readonly end: number },
  known: LruMap<string, Message>,
): Message[] {
  const keyOf = (index: number): string => `${source}/${destination}/${index}`;
  const found = new Map<number, Message>();
  for (let index = next; index < end; index++) {
    const message = known.get(keyOf(index));
    if (message !== undefined) found.set(index, message);
  }
  for (let number = record.number; number > 0 && found.size < end - next; number--) {
    const sent = sentIn(view, number);
    if (sent === undefined) break;
    for (const message of sent) {
      if (message.destination !== destination) continue;
      known.set(keyOf(message.index), message);
      if (message.index >= next && message.index < end) found.set(message.index, message);
    }
  }
  const messages: Message[] = [];
  for (let index = next; found.has(index); index++) messages.push(found.get(index)!);
  return messages;
}

/** Undefined if the block is pruned. */
function sentIn(view: SourceView, number: number): Message[] | undefined {
  const hash = view.hashByNumber(number);
  const header = hash === undefined ? undefined : view.chainHeader(hash)?.header;
  if (header === undefined) return undefined;
  if (!bloomContainsAny(header.logsBloom, GATEWAY_BITS)) return [];
  const block = view.blockByNumber(number);
  if (block === undefined) return undefined;
  const { deliveries = [], transactions } = block;
  return [...deliveries, ...transactions]
    .flatMap(({ receipt }) => receipt.logs)
    .flatMap((log) => sentMessage(log) ?? []);
}
