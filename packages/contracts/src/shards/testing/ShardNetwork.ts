import {
  type Address,
  EMPTY_OUTBOX_HEAD,
  type Message,
  messageId,
  type NetworkParameters,
  nextOutboxHead,
  refundOf,
  shardCount,
} from "@trellis/protocol";
import { expect } from "vitest";
import {
  deliverCall,
  readInbox,
  readOutbox,
  readOutboxHead,
  SHARD_GATEWAY_ADDRESS,
  synchronizeCall,
} from "../../index.ts";
import { COIN, type Recipient, recipientCode, TestShard } from "./TestShard.ts";

export const USERS: readonly Address[] = [1, 2, 3].map((index): Address => `0x${"00".repeat(19)}a${index}`);
const RICH = 1_000n * COIN;
const KINDS: readonly Recipient[] = ["counter", "reverter", "burner", "replier", "intruder", "destroyer"];
export const TARGETS = ["user", ...KINDS] as const;
export type Target = (typeof TARGETS)[number];

export function addressOf(target: Target): Address {
  return target === "user" ? USERS[2]! : `0x${"00".repeat(19)}b${KINDS.indexOf(target)}`;
}

/** What the source's finalized state proves to another shard. */
interface Link {
  readonly height: number;
  readonly sent: number;
  readonly acknowledged: number;
}

/** Shards, and the messages between them as their logs show. Every step compares states with these messages. */
export class ShardNetwork {
  readonly shards: readonly TestShard[];
  readonly #queueMax: number;
  readonly #supply: bigint;
  /** By pair: messages in order of index; number of delivered ones; counters of the newest cross-link. */
  readonly #messages = new Map<string, Message[]>();
  readonly #delivered = new Map<string, number>();
  readonly #links = new Map<string, Link>();
  readonly #ids = new Set<string>();
  #height = 0;
  readonly outcomes = new Map<string, number>();
  longestQueue = 0;

  constructor(network: NetworkParameters) {
    this.#queueMax = network.shards!.queueMax;
    this.shards = Array.from({ length: shardCount(network) }, (_, shard) => new TestShard(network, shard));
    for (const { state } of this.shards) {
      for (const user of USERS) state.setBalance(user, RICH);
      for (const kind of KINDS) state.setCode(addressOf(kind), recipientCode(kind));
    }
    this.#supply = RICH * BigInt(USERS.length * this.shards.length);
  }

  send(
    source: number,
    fields: { destination: number; to: Address; value: bigint; gasLimit: bigint; data: Uint8Array },
  ): void {
    const shard = this.shards[source]!;
    const { destination } = fields;
    const before = readOutbox(shard.state, destination);
    const inbox = readInbox(shard.state, destination);
    const waiting = Math.max(before.sent - before.acknowledged, inbox.known - inbox.next);
    const { outcome, sent } = shard.send(USERS[0]!, fields);
    expect(outcome).toBe(waiting >= this.#queueMax ? "QueueFull" : "success");
    this.#record(sent);
  }

  /** The source's current state becomes its newest cross-link. */
  link(source: number): void {
    const { state } = this.shards[source]!;
    for (const other of this.#others(source)) {
      this.#links.set(pair(source, other), {
        height: ++this.#height,
        sent: readOutbox(state, other).sent,
        acknowledged: readInbox(state, other).next,
      });
    }
  }

  /** Delivers at most `max` messages of each source, then tries messages out of order. */
  block(destination: number, max: number): void {
    const shard = this.shards[destination]!;
    for (const source of this.#others(destination)) {
      const link = this.#links.get(pair(source, destination));
      if (link === undefined) continue;
      expect(shard.system(synchronizeCall({ source, ...link })).outcome).toBe("success");
      const queue = this.#messages.get(pair(source, destination)) ?? [];
      const next = this.#delivered.get(pair(source, destination)) ?? 0;
      for (const message of queue.slice(next, Math.min(next + max, link.sent))) this.#deliver(shard, message);
      this.#attemptOthers(shard, queue, link.sent);
    }
  }

  #deliver(shard: TestShard, message: Message): void {
    const { source, destination, index } = message;
    const id = messageId(message);
    const refundIndex = readOutbox(shard.state, source).sent;
    const before = shard.balance(message.to);
    const { outcome, delivered, sent } = shard.system(deliverCall(message));
    expect(outcome).toBe("success");
    const result = delivered[0]!;
    expect(delivered).toEqual([{ id, source, index, outcome: result.outcome }]);
    // Exactly once.
    expect(this.#ids.has(id)).toBe(false);
    this.#ids.add(id);
    this.#delivered.set(pair(source, destination), index + 1);
    this.outcomes.set(result.outcome, (this.outcomes.get(result.outcome) ?? 0) + 1);
    const isFailed = result.outcome === "reverted" || result.outcome === "expired";
    expect(result.outcome === "credited").toBe(message.kind === "refund");
    if (message.kind === "call") expect(result.outcome === "expired").toBe(shard.timestamp > message.expiry);
    if (isFailed) {
      expect(sent).toEqual(message.value === 0n ? [] : [refundOf(message, refundIndex)]);
      expect(shard.balance(message.to)).toBe(before);
    }
    const isKept = message.kind === "refund" || USERS.includes(message.to);
    if (isKept && !isFailed) expect(shard.balance(message.to)).toBe(before + message.value);
    this.#record(sent);
  }

  #attemptOthers(shard: TestShard, queue: readonly Message[], known: number): void {
    const next = readInbox(shard.state, queue[0]?.source ?? 0).next;
    for (const message of [queue[next - 1], queue[next + 1], queue[next]]) {
      if (message === undefined || (message.index === next && next < known)) continue;
      expect(shard.system(deliverCall(message)).outcome).toBe("MessageOutOfOrder");
    }
  }

  #record(sent: readonly Message[]): void {
    for (const message of sent) {
      const key = pair(message.source, message.destination);
      const queue = this.#messages.get(key) ?? [];
      this.#messages.set(key, queue);
      expect(message.index).toBe(queue.length);
      queue.push(message);
    }
  }

  /** Heads, counters, conservation of value. */
  check(): void {
    let escrow = 0n;
    let issued = 0n;
    let balances = 0n;
    for (const { state, shard } of this.shards) {
      let escrowHere = 0n;
      for (const other of this.#others(shard)) {
        const outbox = readOutbox(state, other);
        const queue = this.#messages.get(pair(shard, other)) ?? [];
        expect(outbox.sent).toBe(queue.length);
        expect(outbox.value).toBe(queue.reduce((sum, { value }) => sum + value, 0n));
        const delivered = this.#delivered.get(pair(other, shard)) ?? 0;
        const inbox = readInbox(state, other);
        expect(inbox.next).toBe(delivered);
        const received = (this.#messages.get(pair(other, shard)) ?? []).slice(0, delivered);
        expect(inbox.value).toBe(received.reduce((sum, { value }) => sum + value, 0n));
        // Proofs need the head before the first unacknowledged message, too.
        let head = EMPTY_OUTBOX_HEAD;
        for (const [index, message] of queue.entries()) {
          head = nextOutboxHead(head, messageId(message));
          if (index < outbox.acknowledged - 1) continue;
          expect(readOutboxHead(state, other, index, this.#queueMax)).toBe(head);
        }
        this.longestQueue = Math.max(this.longestQueue, outbox.sent - outbox.acknowledged);
        escrowHere += outbox.value;
        issued += inbox.value;
      }
      expect(this.shards[shard]!.balance(SHARD_GATEWAY_ADDRESS)).toBeGreaterThanOrEqual(escrowHere);
      escrow += escrowHere;
      balances += this.#balances(shard);
    }
    expect(balances - escrow + (escrow - issued)).toBe(this.#supply);
    // At most three times the limit, so that the ring never overwrites an unacknowledged head. [SHARD-9]
    expect(this.longestQueue).toBeLessThanOrEqual(3 * this.#queueMax);
  }

  get undelivered(): number {
    let count = 0;
    for (const [key, queue] of this.#messages) count += queue.length - (this.#delivered.get(key) ?? 0);
    return count;
  }

  #balances(shard: number): bigint {
    const addresses = [...USERS, ...KINDS.map(addressOf), SHARD_GATEWAY_ADDRESS];
    return addresses.reduce((sum, address) => sum + this.shards[shard]!.balance(address), 0n);
  }

  #others(shard: number): number[] {
    return [...this.shards.keys()].filter((other) => other !== shard);
  }
}

function pair(source: number, destination: number): string {
  return `${source}>${destination}`;
}
