import { bytesToHex } from "@trellis/base";
import { deliveryOutcome, readInbox, readOutbox, sentMessage } from "@trellis/contracts";
import { type ChainView, encodeMessage, type Message } from "@trellis/protocol";

export interface MessageCounts {
  readonly sent: number;
  readonly delivered: number;
  readonly refunded: number;
}

interface Queue {
  readonly sent: readonly Message[];
  readonly delivered: readonly Message[];
}

/**
 * Of the selected chains: each destination has delivered a prefix of what its source has sent, once and in order, and
 * no more value.
 */
export class MessageOracle {
  readonly #views: readonly ChainView[];
  readonly #sent: readonly (readonly Message[])[];
  readonly #delivered: readonly (readonly Message[])[];
  readonly #refunded: number;

  /** @param views by shard, with all blocks */
  constructor(views: readonly ChainView[]) {
    this.#views = views;
    const logs = views.map(chainLogs);
    this.#sent = logs.map(({ sent }) => sent);
    this.#delivered = logs.map(({ delivered }) => delivered);
    this.#refunded = logs.reduce((sum, { refunded }) => sum + refunded, 0);
  }

  get counts(): MessageCounts {
    const count = (lists: readonly (readonly Message[])[]) =>
      lists.reduce((sum, { length }) => sum + length, 0);
    return { sent: count(this.#sent), delivered: count(this.#delivered), refunded: this.#refunded };
  }

  /** The first contradiction. @param isCalm all messages must have been delivered */
  fault(isCalm: boolean): string | undefined {
    for (const source of this.#views.keys())
      for (const destination of this.#views.keys()) {
        const fault = source === destination ? undefined : this.#faultOf(source, destination, isCalm);
        if (fault !== undefined) return `messages from ${source} to ${destination}: ${fault}`;
      }
    return undefined;
  }

  #faultOf(source: number, destination: number, isCalm: boolean): string | undefined {
    const { sent, delivered } = this.#queue(source, destination);
    const outbox = readOutbox(stateOf(this.#views[source]!), destination);
    const inbox = readInbox(stateOf(this.#views[destination]!), source);
    if (outbox.sent !== sent.length) return `${outbox.sent} in the outbox, ${sent.length} in logs`;
    if (inbox.next !== delivered.length) return `${inbox.next} consumed, ${delivered.length} in blocks`;
    if (delivered.length > sent.length) return `${delivered.length} delivered, ${sent.length} sent`;
    const wrong = delivered.findIndex((message, index) => idOf(message) !== idOf(sent[index]!));
    if (wrong >= 0) return `another message is delivered at position ${wrong}`;
    if (inbox.value > outbox.value) return `${inbox.value} wei received, ${outbox.value} sent`;
    if (isCalm && delivered.length < sent.length) return `${delivered.length} of ${sent.length} delivered`;
    return undefined;
  }

  #queue(source: number, destination: number): Queue {
    return {
      sent: this.#sent[source]!.filter((message) => message.destination === destination),
      delivered: this.#delivered[destination]!.filter((message) => message.source === source),
    };
  }
}

function chainLogs(view: ChainView) {
  const sent: Message[] = [];
  const delivered: Message[] = [];
  let refunded = 0;
  for (let number = 1; number <= view.head().header.number; number++) {
    const { transactions, deliveries = [] } = view.blockByNumber(number)!;
    for (const { message, receipt } of deliveries) {
      delivered.push(message);
      if (deliveryOutcome(receipt.logs) === "reverted") refunded++;
    }
    // Deliveries run first, and send refunds.
    for (const { receipt } of [...deliveries, ...transactions])
      for (const log of receipt.logs) {
        const message = sentMessage(log);
        if (message !== undefined) sent.push(message);
      }
  }
  return { sent, delivered, refunded };
}

function stateOf(view: ChainView) {
  return view.stateAt(view.head().hash);
}

function idOf(message: Message): string {
  return bytesToHex(encodeMessage(message));
}
