import type { FinalAnchors, Outbox, Outboxes } from "@trellis/chain";
import type { Message, MessageBatch, OutboxExchange } from "@trellis/protocol";
import type { Fault } from "../faults/faults.ts";
import type { RandomStream } from "../world/RandomStream.ts";

type Request = Parameters<Outboxes["open"]>[2];

/** `open` gives the outbox from another position. Undefined if the queue does not permit the lie. */
type Lie = (
  honest: Outbox,
  open: (next: number) => Outbox | undefined,
  request: Request,
) => Outbox | undefined;

/** All break SHARD-12 or SHARD-8 if the block carries a message of the outbox, or should. */
const LIES: Readonly<Record<string, Lie>> = {
  "skipped message": (honest, open, { next }) => from(honest, open(next + 1)),
  "replayed message": (honest, open, { next }) => (next === 0 ? undefined : from(honest, open(next - 1))),
  "forged message": (honest) =>
    altered(honest, (messages) => messages.map((message) => ({ ...message, value: message.value + 1n }))),
  "ignored messages": (honest, _open, { next }) =>
    honest.sent > next ? { ...honest, sent: next, messages: [], prove: () => honest.prove(0) } : undefined,
  "foreign proof": (honest, _open, { next }) =>
    honest.sent > next ? { ...honest, prove: (count) => withoutNode(honest.prove(count)) } : undefined,
  "messages in another order": (honest) =>
    altered(honest, ([first, second, ...others]) => (second ? [second, first!, ...others] : [])),
  "duplicated message": (honest) => altered(honest, ([first]) => (first ? [first, first] : [])),
};

const LYING_SHARE = 0.8;
/** Messages that a batch has for its lie to break a rule. Default 1. */
const COUNT_MIN: Readonly<Record<string, number>> = {
  "ignored messages": 0,
  "foreign proof": 0,
  "duplicated message": 2,
};
/** Peers ban who sends a malformed body. */
const MALFORMED_SHARE = 0.1;
const MALFORMED = ["messages in another order", "duplicated message"];

/** What a lying producer's chain receives instead of its machine's data of other shards. */
export class ShardLiar {
  readonly #kinds: ReadonlySet<Fault>;
  readonly #rng: RandomStream;
  #isLying = false;
  #lie: string | undefined;
  #isHonest = false;
  /** How often the newest anchor was withheld or invented. */
  falseAnchorCount = 0;

  constructor(kinds: ReadonlySet<Fault>, rng: RandomStream) {
    this.#kinds = kinds;
    this.#rng = rng;
  }

  end(): void {
    this.#isHonest = true;
  }

  beginTemplate(): void {
    this.#lie = undefined;
    this.#isLying = !this.#isHonest && this.#kinds.has("badbatch") && this.#rng.chance(LYING_SHARE);
  }

  /** The lie that makes the template invalid. */
  get lie(): string | undefined {
    return this.#lie;
  }

  outboxes(honest: Outboxes): Outboxes {
    return {
      open: (source, record, request) => {
        const outbox = honest.open(source, record, request);
        if (outbox === undefined || !this.#isLying) return outbox;
        const open = (next: number) => honest.open(source, record, { ...request, next });
        const isMalformed = this.#rng.chance(MALFORMED_SHARE);
        const kinds = Object.keys(LIES).filter((kind) => MALFORMED.includes(kind) === isMalformed);
        for (const kind of this.#rng.shuffled(kinds)) {
          const lying = LIES[kind]!(outbox, open, request);
          if (lying !== undefined) return this.#witnessed(lying, kind);
        }
        return outbox;
      },
    };
  }

  /** For peers, which verify what they receive. */
  exchange(honest: OutboxExchange): OutboxExchange {
    return {
      rangeOf: async (request) => {
        const range = await honest.rangeOf(request);
        if (range === undefined || !this.#isLyingToPeers()) return range;
        const messages = range.messages.map((message) => ({ ...message, value: message.value + 1n }));
        return { ...range, messages };
      },
      take: (request, range) => honest.take(request, range),
    };
  }

  #isLyingToPeers(): boolean {
    return !this.#isHonest && this.#kinds.has("badbatch") && this.#rng.chance(MALFORMED_SHARE);
  }

  #witnessed(lying: Outbox, kind: string): Outbox {
    const prove = (count: number): MessageBatch => {
      if (count >= (COUNT_MIN[kind] ?? 1)) this.#lie = kind;
      return lying.prove(count);
    };
    return { ...lying, prove };
  }

  /** @param early anchors that are not final yet */
  anchors(honest: FinalAnchors, early: FinalAnchors): FinalAnchors {
    const chosen = () => (this.#kinds.has("earlyanchor") && !this.#isHonest ? early : honest);
    return {
      newest: () => {
        const named = this.#kinds.has("oldanchor") && !this.#isHonest ? honest.at(1) : chosen().newest();
        if (named?.hash !== honest.newest()?.hash) this.falseAnchorCount++;
        return named;
      },
      at: (number) => chosen().at(number),
      stateOf: (hash) => chosen().stateOf(hash),
      votersOf: (epoch) => honest.votersOf(epoch),
    };
  }
}

function from(honest: Outbox, other: Outbox | undefined): Outbox | undefined {
  return other && other.messages.length > 0
    ? { ...honest, messages: other.messages, prove: (count) => other.prove(count) }
    : undefined;
}

function altered(honest: Outbox, change: (messages: readonly Message[]) => Message[]): Outbox | undefined {
  const messages = change(honest.messages);
  if (messages.length === 0) return undefined;
  return {
    ...honest,
    messages,
    prove: (count) => ({ ...honest.prove(count), messages: messages.slice(0, count) }),
  };
}

function withoutNode(batch: MessageBatch): MessageBatch {
  return { ...batch, proof: { ...batch.proof, storageNodes: batch.proof.storageNodes.slice(1) } };
}
