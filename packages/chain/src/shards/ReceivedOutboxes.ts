import { LruMap } from "@trellis/base";
import {
  EMPTY_OUTBOX_HEAD,
  type Hash,
  MESSAGE_BATCH_LIMITS,
  type Message,
  OUTBOX_RANGE_LIMITS,
  type OutboxRange,
  type OutboxRequest,
} from "@trellis/protocol";
import type { AnchoredRecord } from "../consensus/rules/AnchoredState.ts";
import type { Outbox, Outboxes } from "./buildBatches.ts";
import { type OpenedRange, openOutboxRange, type ProvenQueues, proveOutbox } from "./outboxProof.ts";

interface ReceivedOutboxesOptions {
  /** The shard whose blocks carry the messages. */
  readonly destination: number;
  readonly queueMax: number;
  /** Called whenever data is missing, so often with equal requests. */
  readonly want: (request: OutboxRequest) => void;
}

type Recorded = Pick<AnchoredRecord, "hash" | "stateRoot">;

/** Proves the heads of the messages from `first` to below `end`. */
interface Part {
  readonly first: number;
  readonly end: number;
  readonly gateway: OpenedRange["gateway"];
}

interface Received extends ProvenQueues {
  readonly messages: Map<number, Message>;
  /** After each message, and before the first. */
  readonly heads: Map<number, Hash>;
  readonly parts: Part[];
  bytes: number;
}

const BYTES_MAX = 64 << 20;
/** Estimated memory beside a message's data, and beside a node's encoding. */
const ITEM_BYTES = 1_000;
const WANTED_MAX = 1_024;
const { messagesMax } = MESSAGE_BATCH_LIMITS;

/** From other hosts of this node, and from peers. [SHARD-20] */
export class ReceivedOutboxes implements Outboxes {
  readonly #options: ReceivedOutboxesOptions;
  /** State roots by block. Nothing else is received. */
  readonly #wanted = new LruMap<Hash, Hash>(WANTED_MAX);
  readonly #received = new LruMap<Hash, Received>(BYTES_MAX, ({ bytes }) => bytes, 1);
  /** By source, the first message after those of the newest template. */
  readonly #next = new Map<number, number>();

  constructor(options: ReceivedOutboxesOptions) {
    this.#options = options;
  }

  open(source: number, record: Recorded, { next }: { readonly next: number }): Outbox | undefined {
    this.#next.set(source, next);
    const received = this.#received.get(record.hash);
    if (received === undefined) {
      this.#want(source, record, next);
      return undefined;
    }
    const messages = runOf(received, next);
    const end = next + messages.length;
    if (end < received.sent && messages.length < messagesMax / 2) this.#want(source, record, end);
    const { sent, acknowledged } = received;
    return {
      sent,
      acknowledged,
      messages,
      prove: (count) => {
        this.#next.set(source, next + count);
        const last = count === 0 ? undefined : next + count - 1;
        const { gateway } = received.parts.find((part) => last === undefined || isIn(part, last))!;
        const { destination, queueMax } = this.#options;
        return {
          source,
          previousHead: (count > 0 && received.heads.get(next - 1)) || EMPTY_OUTBOX_HEAD,
          messages: messages.slice(0, count),
          proof: proveOutbox(record.stateRoot, gateway, { destination, last, queueMax }),
        };
      },
    };
  }

  /** Before shard 0's block with the record is final, so that the data arrives in time. */
  expect(source: number, record: Recorded): void {
    const next = this.#next.get(source);
    if (next !== undefined && !this.#received.has(record.hash)) this.#want(source, record, next);
  }

  /** @returns whether the range has messages, or no message is sent @throws MESSAGE_PROOF_INVALID */
  take({ source, block, first }: OutboxRequest, range: OutboxRange): boolean {
    const stateRoot = this.#wanted.get(block);
    if (stateRoot === undefined) return true;
    const opened = openOutboxRange(stateRoot, range, { ...this.#options, source });
    const { sent, acknowledged } = opened;
    const received = this.#received.get(block) ?? {
      sent,
      acknowledged,
      messages: new Map<number, Message>(),
      heads: new Map<number, Hash>(),
      parts: [],
      bytes: 0,
    };
    // Its size changes.
    this.#received.delete(block);
    add(received, range, opened);
    this.#received.set(block, received);
    return range.messages.length > 0 || first >= sent;
  }

  #want(source: number, { hash, stateRoot }: Recorded, first: number): void {
    const { destination, want } = this.#options;
    this.#wanted.set(hash, stateRoot);
    want({ source, destination, block: hash, first, countMax: OUTBOX_RANGE_LIMITS.messagesMax });
  }
}

function runOf({ messages }: Received, next: number): Message[] {
  const run: Message[] = [];
  for (let index = next; run.length < messagesMax; index++) {
    const message = messages.get(index);
    if (message === undefined) break;
    run.push(message);
  }
  return run;
}

function add(received: Received, { previousHead, messages, proof }: OutboxRange, opened: OpenedRange): void {
  const first = messages[0]?.index ?? 0;
  const isNew = messages.some(({ index }) => !received.messages.has(index));
  if (!isNew && received.parts.length > 0) return;
  if (messages.length > 0) received.heads.set(first - 1, previousHead);
  for (const [at, message] of messages.entries()) {
    received.messages.set(message.index, message);
    received.heads.set(message.index, opened.heads[at]!);
    received.bytes += ITEM_BYTES + message.data.length;
  }
  received.parts.push({ first, end: first + messages.length, gateway: opened.gateway });
  for (const node of proof.storageNodes) received.bytes += ITEM_BYTES + node.length;
}

function isIn({ first, end }: Part, index: number): boolean {
  return first <= index && index < end;
}
