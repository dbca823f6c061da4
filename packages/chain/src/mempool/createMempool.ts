import { type Clock, isTrellisError, type Log, LruMap, type Metrics, type Steps } from "@trellis/base";
import {
  type Address,
  type Awaitable,
  type ForkName,
  type Hash,
  isValidInFork,
  type NetworkParameters,
  type PoolEvent,
  type PooledTransaction,
  type PoolStatus,
  type PoolView,
  type SignedBy,
  type Submission,
  validateTransactionInIsolation,
} from "@trellis/protocol";
import { Announcer } from "./Announcer.ts";
import {
  checkAccount,
  checkDelegation,
  checkFloor,
  checkFunds,
  checkReplacement,
  checkSenderLimits,
} from "./checkAdmission.ts";
import { createEntry, type Entry } from "./Entry.ts";
import { mempoolErrors } from "./errors.ts";
import { FloorPrice } from "./FloorPrice.ts";
import { findRoom } from "./findRoom.ts";
import {
  type ChainChange,
  dropRefused,
  enforceLimits,
  type FollowingPool,
  followAccount,
  followChain,
  recheckSenders,
} from "./followChain.ts";
import type { Journal } from "./journal/Journal.ts";
import { LocalJournal } from "./journal/LocalJournal.ts";
import { parseRecord, recordOf } from "./journal/records.ts";
import { checkLimits, type MempoolLimits } from "./limits.ts";
import { PoolMeter } from "./PoolMeter.ts";
import { accountOf, authoritiesIn, type PoolState } from "./PoolState.ts";
import { PoolStore } from "./PoolStore.ts";
import { SenderTransactions } from "./SenderTransactions.ts";
import { type Selection, selectTransactions } from "./selectTransactions.ts";

interface MempoolPorts {
  readonly clock: Clock;
  readonly state: PoolState;
  readonly fees: {
    nextBaseFee(): bigint;
    /** Set by governance. wei per gas [POOL-3] */
    feeCapMin(): bigint;
  };
  readonly log: Log;
  readonly metrics: Metrics;
  /** Default: local and acknowledged transactions are lost at exit. */
  readonly journal?: Journal;
}

type PoolParameters = Pick<NetworkParameters, "transactionBytesMax">;

interface Restored {
  readonly restored: number;
  readonly mined: number;
  readonly refused: number;
}

export interface Mempool extends PoolView {
  /**
   * The caller has verified form and signature. [POOL-3]
   * @throws ALREADY_KNOWN, TX_TYPE_UNSUPPORTED, TX_GAS_LIMIT_TOO_HIGH, TX_INTRINSIC_GAS_TOO_LOW, SENDER_HAS_CODE, NONCE_TOO_LOW, NONCE_TOO_FAR, KEY_NOT_VALID, FEE_CAP_BELOW_FLOOR,
   * TIP_BELOW_FLOOR, REPLACEMENT_UNDERPRICED, SENDER_LIMIT_REACHED, FUNDS_INSUFFICIENT, POOL_FULL
   */
  add(transaction: SignedBy, submission: Submission): PooledTransaction;
  select(selection: Selection): SignedBy[];
  /** Affects only selection. [POOL-18] */
  avoid(transactions: Iterable<Hash>): void;
  /** Call after the state or base fee changes. [POOL-11] */
  onChain(change: ChainChange): void;
  /** Call with transactions that a template could not execute. [POOL-12] */
  recheck(transactions: Iterable<Hash>): void;
  /** Also forgets them in the journal. @returns how many there were */
  drop(transactions: Iterable<Hash>): number;
  /** Checks one sender per step. Call periodically. [POOL-9] */
  expire(): Steps<void>;
  /** Drops what exceeds the new limits. @throws ARGUMENT_INVALID */
  changeLimits(limits: MempoolLimits): void;
  /**
   * Submits journaled transactions again, once at start. [POOL-15]
   * @throws JOURNAL_UNAVAILABLE, JOURNAL_CORRUPT
   */
  restore(decodeAndRecover: (encoded: Uint8Array) => Awaitable<SignedBy>): Promise<Restored>;
}

/** @throws ARGUMENT_INVALID */
export function createMempool(
  limits: MempoolLimits,
  parameters: PoolParameters,
  ports: MempoolPorts,
): Mempool {
  checkLimits(limits, parameters);
  return new NodeMempool({ ...limits }, parameters, ports);
}

const ACCEPTED_LOCALS_MAX = 16_384;

const AVOIDED_MAX = 65_536;

/** Senders of many transactions. */
const KNOWN_KEYS_MAX = 4_096;

class NodeMempool implements Mempool {
  /** Shared with the parts of the pool, which see its changes. */
  readonly #limits: MempoolLimits;
  readonly #parameters: PoolParameters;
  readonly #ports: MempoolPorts;
  readonly #log: Log;
  readonly #store: PoolStore;
  readonly #floor: FloorPrice;
  readonly #journal: LocalJournal;
  readonly #announcer: Announcer;
  readonly #meter: PoolMeter;
  readonly #following: FollowingPool;
  readonly #avoided = new LruMap<Hash, true>(AVOIDED_MAX);
  /** ECDSA senders whose keys are valid in the present state. */
  readonly #knownKeys = new LruMap<Address, true>(KNOWN_KEYS_MAX);
  /** Of the next chain block. */
  #fork: ForkName;
  #baseFee: bigint;
  #feeCapMin: bigint;
  #sequenceNext = 0;
  #sequenceOldest = 0;

  constructor(limits: MempoolLimits, parameters: PoolParameters, ports: MempoolPorts) {
    this.#limits = limits;
    this.#parameters = parameters;
    this.#ports = ports;
    this.#log = ports.log.child("mempool");
    this.#fork = ports.state.rules().fork;
    this.#baseFee = ports.fees.nextBaseFee();
    this.#feeCapMin = ports.fees.feeCapMin();
    this.#store = new PoolStore(this.#baseFee);
    this.#floor = new FloorPrice(limits, ports.clock);
    this.#journal = new LocalJournal(ports.journal, this.#log, limits);
    this.#announcer = new Announcer(this.#log, ports.metrics);
    this.#meter = new PoolMeter(ports.metrics);
    this.#following = {
      store: this.#store,
      state: ports.state,
      limits,
      announcer: this.#announcer,
      acceptedLocals: new LruMap(ACCEPTED_LOCALS_MAX),
      createReturned: (transactions) => this.#createReturned(transactions),
      nowMs: () => ports.clock.nowMs(),
    };
  }

  add(signed: SignedBy, submission: Submission): PooledTransaction {
    try {
      const entry = this.#admit(signed, submission);
      if (entry.isJournaled) this.#journal.append(recordOf(entry.pooled), () => this.#records());
      return entry.pooled;
    } catch (error) {
      if (isTrellisError(error)) this.#meter.refused(error.code);
      throw error;
    } finally {
      this.#conclude();
    }
  }

  select(selection: Selection): SignedBy[] {
    return selectTransactions(this.#store, { avoided: this.#avoided, ...selection });
  }

  avoid(transactions: Iterable<Hash>): void {
    for (const hash of transactions) this.#avoided.set(hash, true);
  }

  onChain(change: ChainChange): void {
    this.#knownKeys.clear();
    this.#baseFee = this.#ports.fees.nextBaseFee();
    this.#feeCapMin = this.#ports.fees.feeCapMin();
    this.#store.setBaseFee(this.#baseFee);
    followChain(this.#following, change);
    const { fork } = this.#ports.state.rules();
    if (fork !== this.#fork) dropRefused(this.#following, fork);
    this.#fork = fork;
    this.#conclude();
  }

  changeLimits(limits: MempoolLimits): void {
    checkLimits(limits, this.#parameters);
    Object.assign(this.#limits, limits);
    enforceLimits(this.#following, [...this.#store.senders()]);
    this.#conclude();
  }

  recheck(transactions: Iterable<Hash>): void {
    recheckSenders(this.#following, transactions);
    this.#conclude();
  }

  drop(transactions: Iterable<Hash>): number {
    const dropped = new Set(transactions);
    const nowMs = this.#ports.clock.nowMs();
    let count = 0;
    for (const hash of dropped) {
      const entry = this.#store.get(hash);
      const sender = entry && this.#store.sender(entry.pooled.sender);
      if (sender === undefined) continue;
      const keeps = (kept: Entry) => !dropped.has(kept.transaction.hash);
      for (const gone of this.#store.retain(sender, keeps, nowMs)) {
        this.#announcer.dropped(gone, "WITHDRAWN");
        count += 1;
      }
    }
    // It may hold mined transactions, which a devnet's revert makes valid again.
    this.#journal.rewrite(this.#records());
    this.#conclude();
    return count;
  }

  *expire(): Steps<void> {
    for (const sender of this.#store.senders()) {
      if (sender.queuedCount === 0) continue;
      const nowMs = this.#ports.clock.nowMs();
      followAccount(this.#following, sender);
      const lives = (entry: Entry) =>
        sender.isPending(entry) || nowMs - entry.queuedSinceMs <= this.#limits.queuedLifetimeMs;
      for (const entry of this.#store.retain(sender, lives, nowMs)) {
        this.#announcer.dropped(entry, "EXPIRED");
      }
      this.#conclude();
      yield;
    }
  }

  async restore(decodeAndRecover: (encoded: Uint8Array) => Awaitable<SignedBy>): Promise<Restored> {
    const journaled = this.#journal.load().map(parseRecord);
    const decoded = await Promise.allSettled(journaled.map(async ({ encoded }) => decodeAndRecover(encoded)));
    let restored = 0;
    let mined = 0;
    for (const [index, outcome] of decoded.entries()) {
      try {
        if (outcome.status === "rejected") throw outcome.reason;
        const { isLocal } = journaled[index]!;
        this.#admit(outcome.value, { isLocal, isAcknowledged: true });
        restored += 1;
      } catch (error) {
        if (!isTrellisError(error)) throw error;
        if (error.code === "NONCE_TOO_LOW") mined += 1;
        else this.#log.debug("journal.transactionRefused", { error });
      }
    }
    this.#journal.rewrite(this.#records());
    this.#conclude();
    const refused = journaled.length - restored - mined;
    if (journaled.length > 0) this.#log.info("mempool.restored", { restored, mined, refused });
    return { restored, mined, refused };
  }

  get(hash: Hash): PooledTransaction | undefined {
    return this.#store.get(hash)?.pooled;
  }

  status(): PoolStatus {
    const { count, pending, bytes } = this.#store;
    return { pending, queued: count - pending, bytes, floorWei: this.#floor.current() };
  }

  content(): ReturnType<PoolView["content"]> {
    const pending = new Map<Address, readonly PooledTransaction[]>();
    const queued = new Map<Address, readonly PooledTransaction[]>();
    for (const sender of this.#store.senders()) {
      const content = contentOf(sender);
      if (content.pending.length > 0) pending.set(sender.address, content.pending);
      if (content.queued.length > 0) queued.set(sender.address, content.queued);
    }
    return { pending, queued };
  }

  contentFrom(address: Address): ReturnType<PoolView["contentFrom"]> {
    const sender = this.#store.sender(address);
    return sender === undefined ? { pending: [], queued: [] } : contentOf(sender);
  }

  nextNonce(address: Address): bigint {
    return this.#store.sender(address)?.nextNonce ?? accountOf(this.#ports.state, address).nonce;
  }

  subscribe(listener: (event: PoolEvent) => void): () => void {
    return this.#announcer.subscribe(listener);
  }

  #admit(signed: SignedBy, submission: Submission): Entry {
    const { transaction, sender: address } = signed;
    if (this.#store.get(transaction.hash) !== undefined) {
      throw mempoolErrors.ALREADY_KNOWN({ hash: transaction.hash });
    }
    const { state } = this.#ports;
    // The chain may have reached another fork since the caller validated the transaction.
    if (!isValidInFork(transaction, this.#fork)) validateTransactionInIsolation(transaction, state.rules());
    const nowMs = this.#ports.clock.nowMs();
    const entry = createEntry(signed, { ...submission, admittedAtMs: nowMs, sequence: this.#sequenceNext });
    const sender = this.#senderNow(address);
    checkAccount(entry, sender.account, state, this.#limits);
    checkFloor(entry, this.#floor.current(), { baseFee: this.#baseFee, feeCapMin: this.#feeCapMin });
    const replaced = sender.find(entry.nonce);
    if (replaced !== undefined) checkReplacement(entry, replaced);
    checkSenderLimits(entry, sender, replaced, this.#limits);
    checkFunds(entry, sender, replaced);
    this.#requireValidKey(signed);
    const authorities = authoritiesIn(state, transaction);
    checkDelegation({ transaction, authorities }, sender, replaced, { store: this.#store, state });
    for (const victim of this.#findRoom(entry, sender, replaced)) {
      this.#announcer.dropped(this.#store.pop(victim)!, "EVICTED");
    }
    this.#sequenceNext += 1;
    this.#store.put(sender, entry, nowMs, authorities);
    if (replaced !== undefined) this.#announcer.replaced(replaced, transaction.hash);
    this.#announcer.added(entry);
    return entry;
  }

  #requireValidKey({ transaction, sender }: SignedBy): void {
    if (this.#knownKeys.has(sender) && transaction.signature.kind === "ecdsa") return;
    if (!this.#ports.state.isKeyValid(transaction, sender)) {
      throw mempoolErrors.KEY_NOT_VALID({ sender, hash: transaction.hash });
    }
    if (transaction.signature.kind === "ecdsa") this.#knownKeys.set(sender, true);
  }

  #senderNow(address: Address): SenderTransactions {
    const known = this.#store.sender(address);
    if (known === undefined) return new SenderTransactions(address, accountOf(this.#ports.state, address));
    followAccount(this.#following, known);
    return known;
  }

  #findRoom(entry: Entry, sender: SenderTransactions, replaced: Entry | undefined) {
    return findRoom({ store: this.#store, floor: this.#floor }, this.#limits, {
      entry,
      sender,
      isPending: sender.extendsRun(entry.nonce),
      countAdded: replaced === undefined ? 1 : 0,
      bytesAdded: entry.bytes - (replaced?.bytes ?? 0),
      baseFee: this.#baseFee,
    });
  }

  #createReturned(transactions: readonly SignedBy[]): Entry[] {
    this.#sequenceOldest -= transactions.length;
    const admittedAtMs = this.#ports.clock.nowMs();
    const { acceptedLocals } = this.#following;
    return transactions.map((signed, index) =>
      createEntry(signed, {
        isLocal: acceptedLocals.delete(signed.transaction.hash),
        admittedAtMs,
        sequence: this.#sequenceOldest + index,
      }),
    );
  }

  #records(): Uint8Array[] {
    return [...this.#store.senders()]
      .flatMap(({ entries }) => entries.filter(({ isJournaled }) => isJournaled))
      .map(({ pooled }) => recordOf(pooled));
  }

  #conclude(): void {
    this.#meter.holds(this.status());
    this.#announcer.deliver();
  }
}

function contentOf({ entries, runLength }: SenderTransactions): ReturnType<PoolView["contentFrom"]> {
  const pooled = entries.map((entry) => entry.pooled);
  return { pending: pooled.slice(0, runLength), queued: pooled.slice(runLength) };
}
