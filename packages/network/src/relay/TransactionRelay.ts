import {
  type Clock,
  isTrellisError,
  LruMap,
  type Scheduler,
  silentTracing,
  type Timer,
  type Tracing,
} from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type { Hash, PoolView, TransactionIntake } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { AnswerQueue } from "../requests/AnswerQueue.ts";
import type { PeerRequests } from "../requests/PeerRequests.ts";
import { type Server, serve } from "../requests/serve.ts";
import type { GossipVerdict, PeerId, Transport } from "../transport/Transport.ts";
import { BYTE_LIMITS, COUNT_LIMITS, TOKEN_BYTES, type Wire } from "../wire/index.ts";
import type { KnownTransactions } from "./KnownTransactions.ts";
import { TRANSACTION_RELAY_LIMITS } from "./limits.ts";
import type { Relay } from "./Relay.ts";
import type { TraceRelay } from "./TraceRelay.ts";

interface TransactionRelayOptions {
  readonly wire: Wire;
  readonly transport: Pick<Transport, "publish">;
  readonly requests: Pick<PeerRequests, "pooled" | "transactions">;
  readonly guard: PeerGuard;
  readonly pool: PoolView;
  readonly intake: TransactionIntake;
  readonly known: KnownTransactions;
  readonly answerQueue: AnswerQueue;
  readonly peers: () => readonly PeerId[];
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly tracing?: Tracing | undefined;
  readonly traces?: TraceRelay | undefined;
}

type Reception = "new" | "known" | "refused" | "offence";

type Way = "gossip" | "exchange";

const BATCH_BYTES = 16;
const ENTRY_BYTES = 4;

/** [NET-21] */
export class TransactionRelay implements Relay {
  readonly servers: readonly Server[];
  readonly topics: Relay["topics"];
  readonly #options: TransactionRelayOptions;
  readonly #heard = new Set<Hash>();
  /** Time at which a rejected transaction may be verified again, in ms since the Unix epoch. */
  readonly #refused = new LruMap<Hash, number>(TRANSACTION_RELAY_LIMITS.refusedMax);
  readonly #received = new Set<Hash>();
  /** Time until which a peer's transactions are ignored, in ms since the Unix epoch. */
  readonly #backingOff = new LruMap<PeerId, number>(TRANSACTION_RELAY_LIMITS.restingMax);
  readonly #exchanged = new Set<PeerId>();
  readonly #unanswered = new Map<PeerId, number>();
  #waiting: Uint8Array[] = [];
  readonly #traced: Hash[] = [];
  #pooledHashes: { readonly hashes: readonly Hash[]; readonly untilMs: number } | undefined;
  #batchTimer: Timer | undefined;
  #exchangeTimer: Timer | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: TransactionRelayOptions) {
    this.#options = options;
    const { wire, guard, pool, known, answerQueue } = options;
    this.topics = [wire.topics.transactions];
    this.servers = [
      serve(
        guard,
        wire.protocols.transactions,
        (_peer, { hashes }) => ({
          transactions: withinBytes(
            hashes.map((hash) => (pool.get(hash)?.transaction ?? known.get(hash))?.encoded),
            BYTE_LIMITS.transactionsAnswer - BATCH_BYTES,
          ),
        }),
        answerQueue,
      ),
      serve(guard, wire.protocols.pooled, (_peer, { countMax }) => ({ hashes: this.#pooled(countMax) })),
    ];
  }

  start(): void {
    this.#unsubscribe = this.#options.pool.subscribe((event) => {
      if (event.kind !== "added") return;
      const { hash, encoded } = event.transaction.transaction;
      if (!this.#heard.has(hash)) this.#announce(hash, encoded);
    });
    this.#scheduleExchange();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#batchTimer?.cancel();
    this.#exchangeTimer?.cancel();
  }

  disconnected(peer: PeerId): void {
    this.#exchanged.delete(peer);
    this.#unanswered.delete(peer);
  }

  async judge(_topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict> {
    const { guard, wire } = this.#options;
    const { codec, name, cost } = wire.topics.transactions;
    if (!guard.spend(from, name, cost(message)) || this.#isBackingOff(from)) return "ignore";
    let transactions: readonly Uint8Array[];
    try {
      ({ transactions } = codec.decode(message));
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      guard.report(from, "malformed", { topic: name, code: error.code });
      return "reject";
    }
    // Verifying a signature costs half a token.
    if (transactions.length > 1 && !guard.spend(from, name, Math.ceil(transactions.length / 2)))
      return "ignore";
    const receptions = await this.#receiveAll(transactions, from, "gossip");
    if (receptions.includes("offence")) return "reject";
    if (!receptions.includes("new")) return "ignore";
    guard.credit(from);
    return "accept";
  }

  /** Keeps the order across batches: a sender's nonces are consecutive. */
  async #receiveAll(transactions: readonly Uint8Array[], from: PeerId, way: Way): Promise<Reception[]> {
    const { besideMax } = TRANSACTION_RELAY_LIMITS;
    const receptions: Reception[] = [];
    for (let at = 0; at < transactions.length && !this.#isBackingOff(from); at += besideMax) {
      const beside = transactions.slice(at, at + besideMax);
      receptions.push(...(await Promise.all(beside.map((encoded) => this.#receive(encoded, from, way)))));
    }
    return receptions;
  }

  async #receive(encoded: Uint8Array, from: PeerId, way: Way): Promise<Reception> {
    const hash = keccak256Hex(encoded);
    if (this.#options.pool.get(hash) !== undefined || this.#received.has(hash)) return "known";
    if (this.#isRefused(hash) || this.#received.size >= TRANSACTION_RELAY_LIMITS.receivedMax)
      return "refused";
    // Set before admission, whose event would announce the transaction.
    if (way === "gossip") this.#heard.add(hash);
    this.#received.add(hash);
    try {
      return await this.#submit(hash, encoded, from);
    } finally {
      this.#received.delete(hash);
      this.#heard.delete(hash);
    }
  }

  async #submit(hash: Hash, encoded: Uint8Array, from: PeerId): Promise<Reception> {
    const { intake, guard, clock, known, tracing = silentTracing } = this.#options;
    const parent = tracing.recall([hash]);
    const submit = () => intake.submit(encoded, { isLocal: false });
    try {
      await (parent === undefined ? submit() : tracing.span("transaction.receive", { parent }, submit));
      return "new";
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      if (error.code === "ALREADY_KNOWN") return "known";
      this.#refused.set(hash, clock.nowMs() + TRANSACTION_RELAY_LIMITS.refusedMs);
      // A rejected transaction pays no fee, so the peer pays tokens, unless a block included it.
      if (error.consequence === "reject" && known.get(hash) === undefined) {
        const tokens = Math.ceil(encoded.length / TOKEN_BYTES);
        if (!guard.spend(from, "refused", tokens)) this.#backOff(from);
      }
      if (error.consequence !== "penalise") return "refused";
      guard.report(from, "invalidTransaction", { transaction: hash, code: error.code });
      return "offence";
    }
  }

  #backOff(peer: PeerId): void {
    this.#backingOff.set(peer, this.#options.clock.nowMs() + TRANSACTION_RELAY_LIMITS.backoffMs);
  }

  #isBackingOff(peer: PeerId): boolean {
    return (this.#backingOff.get(peer) ?? 0) > this.#options.clock.nowMs();
  }

  #isRefused(hash: Hash): boolean {
    return (this.#refused.get(hash) ?? 0) > this.#options.clock.nowMs();
  }

  #announce(hash: Hash, encoded: Uint8Array): void {
    if (this.#waiting.length >= TRANSACTION_RELAY_LIMITS.waitingMax) return;
    this.#waiting.push(encoded);
    if (this.#options.tracing?.recall([hash]) !== undefined) this.#traced.push(hash);
    this.#batchTimer ??= this.#options.scheduler.after(TRANSACTION_RELAY_LIMITS.batchMs, () => {
      this.#batchTimer = undefined;
      this.#publish();
    });
  }

  #publish(): void {
    const { traces, wire } = this.#options;
    const { id, codec } = wire.topics.transactions;
    const waiting = this.#waiting;
    this.#waiting = [];
    traces?.announce(this.#traced.splice(0));
    for (const transactions of batches(waiting, codec.bytesMax - BATCH_BYTES)) {
      this.#options.transport.publish(id, codec.encode({ transactions }));
    }
  }

  #pooled(countMax: number): readonly Hash[] {
    const { pool, clock } = this.#options;
    const nowMs = clock.nowMs();
    if (this.#pooledHashes === undefined || nowMs >= this.#pooledHashes.untilMs) {
      const untilMs = nowMs + TRANSACTION_RELAY_LIMITS.pooledMs;
      this.#pooledHashes = { hashes: executableHashes(pool, COUNT_LIMITS.pooled), untilMs };
    }
    return this.#pooledHashes.hashes.slice(0, countMax);
  }

  #scheduleExchange(): void {
    this.#exchangeTimer = this.#options.scheduler.after(TRANSACTION_RELAY_LIMITS.exchangeMs, () => {
      this.#scheduleExchange();
      for (const peer of this.#options.peers()) {
        if (this.#exchanged.has(peer)) continue;
        this.#exchanged.add(peer);
        void this.#exchange(peer);
      }
    });
  }

  /** Fetches transactions that were lost, or gossiped before the connection. [NET-22] */
  async #exchange(peer: PeerId): Promise<void> {
    const { requests, pool } = this.#options;
    const pooled = await requests.pooled(peer, TRANSACTION_RELAY_LIMITS.exchangeMax);
    if (pooled === undefined) this.#askLater(peer);
    const missing = (pooled ?? []).filter((hash) => pool.get(hash) === undefined && !this.#isRefused(hash));
    for (let at = 0; at < missing.length; at += COUNT_LIMITS.transactions) {
      if (!this.#exchanged.has(peer) || this.#isBackingOff(peer)) return;
      const given = await requests.transactions(peer, missing.slice(at, at + COUNT_LIMITS.transactions));
      if (given === undefined) return;
      await this.#receiveAll(
        given.filter((encoded) => encoded !== undefined),
        peer,
        "exchange",
      );
    }
  }

  /** Retries: the stream may have broken, or the peer may lack this node's hello. */
  #askLater(peer: PeerId): void {
    if (!this.#exchanged.has(peer)) return;
    const unanswered = (this.#unanswered.get(peer) ?? 0) + 1;
    this.#unanswered.set(peer, unanswered);
    if (unanswered < TRANSACTION_RELAY_LIMITS.exchangesMax) this.#exchanged.delete(peer);
  }
}

function executableHashes(pool: PoolView, countMax: number): Hash[] {
  const hashes: Hash[] = [];
  for (const ofSender of pool.content().pending.values()) {
    for (const { transaction } of ofSender) {
      if (hashes.length >= countMax) return hashes;
      hashes.push(transaction.hash);
    }
  }
  return hashes;
}

function withinBytes(items: readonly (Uint8Array | undefined)[], bytesMax: number) {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += (item?.length ?? 0) + ENTRY_BYTES;
    return bytes > bytesMax;
  });
  return end < 0 ? items : items.slice(0, end);
}

function* batches(transactions: readonly Uint8Array[], bytesMax: number): Iterable<Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for (const encoded of transactions) {
    const size = encoded.length + ENTRY_BYTES;
    if (batch.length === COUNT_LIMITS.transactions || (batch.length > 0 && bytes + size > bytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(encoded);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
