import { deliveryOutcome, readInbox, readOutbox, sentMessage } from "@trellis/contracts";
import {
  type ChainBlock,
  type ChainView,
  type Delivery,
  type Hash,
  type Message,
  messageId,
  refundOf,
  ZERO_HASH,
} from "@trellis/protocol";
import { missedBlocks } from "../checks/missedBlocks.ts";

export interface MessageCounts {
  readonly sent: number;
  readonly delivered: number;
  readonly refunded: number;
}

/** By other shard; 0 for the own. */
interface Position {
  readonly sent: readonly number[];
  readonly delivered: readonly number[];
}

interface Noted extends Position {
  readonly parent: Hash;
  readonly messages: readonly Message[];
  readonly counts: MessageCounts;
}

type Report = (what: string, facts: Record<string, unknown>) => void;

/**
 * Messages of all shards, from every block that a node executes, also off the selected chain. Along each branch, each
 * message is sent and delivered once, in order; all branches deliver what the source's final chain has sent.
 */
export class MessageLedger {
  readonly #shards: number;
  readonly #blocks = new Map<Hash, Noted>();
  readonly #final = new Set<Hash>();
  /** Ids by queue and index. */
  readonly #ids = new Map<string, Hash>();

  constructor(shards: number) {
    this.#shards = shards;
  }

  opened(shard: number, view: ChainView, report: Report): void {
    const missed = missedBlocks(view, ({ hash }) => this.#blocks.has(hash));
    for (const each of missed) this.#add(shard, each, report);
    view.subscribe((event) => {
      if (event.kind === "added") this.#add(shard, event.block, report);
      if (event.kind === "finalized") this.#finalize(event.hash, report);
    });
  }

  countsAt(heads: readonly Hash[]): MessageCounts {
    const counts = heads.map((hash) => this.#blocks.get(hash)!.counts);
    const sum = (name: keyof MessageCounts) => counts.reduce((total, each) => total + each[name], 0);
    return { sent: sum("sent"), delivered: sum("delivered"), refunded: sum("refunded") };
  }

  /** What the gateways count differently than the blocks, or have not done. @param views by shard */
  unfinished(views: readonly ChainView[]): string | undefined {
    const states = views.map((view) => view.stateAt(view.head().hash));
    const noted = views.map((view) => this.#blocks.get(view.head().hash)!);
    for (const source of views.keys())
      for (const destination of views.keys()) {
        if (source === destination) continue;
        const outbox = readOutbox(states[source]!, destination);
        const inbox = readInbox(states[destination]!, source);
        const sent = noted[source]!.sent[destination];
        const delivered = noted[destination]!.delivered[source];
        const pair = `messages from ${source} to ${destination}`;
        if (outbox.sent !== sent) return `${pair}: ${outbox.sent} in the outbox, ${sent} in logs`;
        if (inbox.next !== delivered) return `${pair}: ${inbox.next} consumed, ${delivered} in blocks`;
        if (delivered !== sent) return `${pair}: ${delivered} of ${sent} delivered`;
        if (outbox.acknowledged !== sent) return `${pair}: ${outbox.acknowledged} of ${sent} acknowledged`;
      }
    return undefined;
  }

  /** Whether each view has sent all that the others have delivered. After a power loss, it can be on an old fork. */
  isCut(views: readonly ChainView[]): boolean {
    const delivered = views.map((view) => this.#blocks.get(view.head().hash)!.delivered);
    return views.every((view, source) => {
      const missing = delivered.map((counts) => counts[source]!);
      let at = this.#blocks.get(view.head().hash);
      for (; at !== undefined; at = this.#blocks.get(at.parent))
        for (const message of at.messages) {
          const { destination, index } = message;
          if (index >= delivered[destination]![source]!) continue;
          if (messageId(message) !== this.#ids.get(queueOf(message))) return false;
          missing[destination]!--;
        }
      return missing.every((count) => count === 0);
    });
  }

  #add(shard: number, block: ChainBlock, report: Report): void {
    const { hash, header, deliveries = [], transactions } = block;
    if (this.#blocks.has(hash)) return;
    const parent = header.parents[0] ?? ZERO_HASH;
    const before = this.#blocks.get(parent) ?? this.#genesis();
    const sent = [...before.sent];
    const delivered = [...before.delivered];
    for (const { message } of deliveries) {
      const { source, destination, index } = message;
      const next = delivered[source]!++;
      if (destination !== shard || index !== next)
        report("a message is not delivered once and in order", { hash, source, destination, index, next });
      this.#know(message, report);
    }
    // Deliveries run first, and send refunds.
    const messages = [...deliveries, ...transactions].flatMap(({ receipt }) => sentIn(receipt));
    for (const { source, destination, index } of messages) {
      const next = sent[destination]!++;
      if (source !== shard || index !== next)
        report("a message is not sent once and in order", { hash, source, destination, index, next });
    }
    for (const delivery of deliveries) checkOutcome(delivery, block.timestamp, report);
    const refunded = deliveries.filter(({ message }) => message.kind === "refund").length;
    this.#blocks.set(hash, {
      ...{ parent, messages, sent, delivered },
      counts: {
        sent: before.counts.sent + messages.length,
        delivered: before.counts.delivered + deliveries.length,
        refunded: before.counts.refunded + refunded,
      },
    });
  }

  #finalize(hash: Hash, report: Report): void {
    for (let at = hash; !this.#final.has(at); ) {
      const noted = this.#blocks.get(at);
      if (noted === undefined) return;
      this.#final.add(at);
      for (const message of noted.messages) this.#know(message, report);
      at = noted.parent;
    }
  }

  #know(message: Message, report: Report): void {
    const { source, destination, index } = message;
    const queue = queueOf(message);
    const id = messageId(message);
    const known = this.#ids.get(queue);
    if (known === undefined) this.#ids.set(queue, id);
    else if (known !== id) report("two messages have one place", { source, destination, index, id, known });
  }

  #genesis(): Omit<Noted, "parent"> {
    const zeros = new Array<number>(this.#shards).fill(0);
    return { messages: [], sent: zeros, delivered: zeros, counts: { sent: 0, delivered: 0, refunded: 0 } };
  }
}

function queueOf({ source, destination, index }: Message): string {
  return `${source} ${destination} ${index}`;
}

function sentIn({ logs }: Delivery["receipt"]): Message[] {
  return logs.flatMap((log) => sentMessage(log) ?? []);
}

/** The value of a failed or late call returns; nothing else is refunded. [SHARD-11] */
function checkOutcome({ message, receipt }: Delivery, timestamp: number, report: Report): void {
  const { kind, source, index, value, expiry } = message;
  const outcome = deliveryOutcome(receipt.logs);
  const isLate = kind === "call" && timestamp > expiry;
  const facts = { source, index, outcome, timestamp, expiry };
  if ((outcome === "expired") !== isLate || (outcome === "credited") !== (kind === "refund"))
    report("a message has the wrong outcome", facts);
  const isFailed = outcome === "reverted" || outcome === "expired";
  const refunds = sentIn(receipt).filter((each) => each.kind === "refund");
  const [refund] = refunds;
  const isRefunded =
    refunds.length === 1 && messageId(refund!) === messageId(refundOf(message, refund!.index));
  if (isFailed && value > 0n ? !isRefunded : refund !== undefined) report("a refund is lost or wrong", facts);
}
