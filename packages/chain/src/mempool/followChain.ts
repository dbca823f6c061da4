import type { LruMap } from "@trellis/base";
import { createKeyCheck } from "@trellis/contracts";
import {
  type Address,
  authoritiesOf,
  type ChainBlock,
  type ForkName,
  type Hash,
  isValidInFork,
  type SignedBy,
} from "@trellis/protocol";
import type { Announcer } from "./Announcer.ts";
import { isDelegationLimited, mayNotSend } from "./checkAdmission.ts";
import type { Entry } from "./Entry.ts";
import { findExcess } from "./findRoom.ts";
import type { MempoolLimits } from "./limits.ts";
import { accountOf, authoritiesIn, isSameAccount, type PoolState } from "./PoolState.ts";
import type { PoolStore } from "./PoolStore.ts";
import { SenderTransactions } from "./SenderTransactions.ts";

export interface ChainChange {
  /** Newest first. */
  readonly removed: readonly ChainBlock[];
  /** Oldest first. */
  readonly added: readonly ChainBlock[];
  /** The transactions of removed blocks do not return. [DEV-3] */
  readonly isTakenBack?: boolean;
  /** Accounts that a command has set. [DEV-4] */
  readonly set?: Iterable<Address>;
}

export interface FollowingPool {
  readonly store: PoolStore;
  readonly state: PoolState;
  readonly limits: MempoolLimits;
  readonly announcer: Announcer;
  /** Local transactions that a reorganisation returns stay local. */
  readonly acceptedLocals: LruMap<Hash, true>;
  /** Returned entries count as older than all pooled ones. */
  createReturned(transactions: readonly SignedBy[]): readonly Entry[];
  nowMs(): number;
}

/** [POOL-11] */
export function followChain(
  pool: FollowingPool,
  { removed, added, isTakenBack = false, set = [] }: ChainChange,
): void {
  const accepted = new Set<Hash>();
  for (const block of added) for (const { transaction } of block.transactions) accepted.add(transaction.hash);

  const touched = findTouched(pool.store, [...removed, ...added], set);
  for (const sender of touched) followAccount(pool, sender, accepted);
  const returning = isTakenBack ? [] : removed;
  for (const sender of returnTransactions(pool, returning)) touched.add(sender);
  for (const sender of touched) dropInvalid(pool, sender);
  enforceLimits(pool, touched);
}

/** @param senders those that may exceed their own limits */
export function enforceLimits(pool: FollowingPool, senders: Iterable<SenderTransactions>): void {
  for (const sender of senders) enforceSenderLimits(pool, sender);
  for (const sender of findExcess(pool.store, pool.limits)) {
    pool.announcer.dropped(pool.store.pop(sender)!, "EVICTED");
  }
}

export function recheckSenders(pool: FollowingPool, transactions: Iterable<Hash>): void {
  const senders = new Set<SenderTransactions>();
  for (const hash of transactions) {
    const sender = senderOf(pool.store, hash);
    if (sender !== undefined) senders.add(sender);
  }
  for (const sender of senders) {
    followAccount(pool, sender);
    dropInvalid(pool, sender);
  }
}

function senderOf(store: PoolStore, hash: Hash): SenderTransactions | undefined {
  const entry = store.get(hash);
  return entry === undefined ? undefined : store.sender(entry.pooled.sender);
}

export function followAccount(
  pool: Pick<FollowingPool, "store" | "state" | "announcer" | "acceptedLocals" | "nowMs">,
  sender: SenderTransactions,
  accepted?: ReadonlySet<Hash>,
): void {
  const account = accountOf(pool.state, sender.address);
  if (isSameAccount(account, sender.account)) return;
  for (const entry of pool.store.follow(sender, account, pool.nowMs())) {
    const { hash } = entry.transaction;
    if (accepted?.has(hash) !== true) pool.announcer.dropped(entry, "NONCE_TOO_LOW");
    else {
      if (entry.pooled.isLocal) pool.acceptedLocals.set(hash, true);
      pool.announcer.dropped(entry, "ACCEPTED");
    }
  }
}

/** Misses transfers by contracts; a sender's next transaction or `expire` corrects its balance. */
function findTouched(
  store: PoolStore,
  blocks: readonly ChainBlock[],
  set: Iterable<Address>,
): Set<SenderTransactions> {
  const touched = new Set<SenderTransactions>();
  const touch = (address: Address | null | undefined): void => {
    const sender = address ? store.sender(address) : undefined;
    if (sender !== undefined) touched.add(sender);
  };
  for (const address of set) touch(address);
  for (const { header, transactions, skipped } of blocks) {
    touch(header.miner);
    for (const { sender, transaction } of transactions) {
      touch(sender);
      touch(transaction.to);
      for (const authority of authoritiesOf(transaction)) touch(authority);
    }
    for (const { transactionHash } of skipped) {
      const sender = senderOf(store, transactionHash);
      if (sender !== undefined) touched.add(sender);
    }
  }
  return touched;
}

/** @returns senders whose limits may be exceeded */
function returnTransactions(pool: FollowingPool, removed: readonly ChainBlock[]): Set<SenderTransactions> {
  const { store, state, announcer } = pool;
  const { fork } = state.rules();
  const senders = new Set<SenderTransactions>();
  const transactions = removed.toReversed().flatMap((block) => block.transactions);
  for (const entry of pool.createReturned(transactions)) {
    const address = entry.pooled.sender;
    const sender = store.sender(address) ?? new SenderTransactions(address, accountOf(state, address));
    if (entry.nonce < sender.account.nonce || sender.find(entry.nonce) !== undefined) continue;
    if (!isValidInFork(entry.transaction, fork)) continue;
    const authorities = authoritiesIn(state, entry.transaction);
    store.put(sender, entry, pool.nowMs(), authorities);
    announcer.added(entry);
    senders.add(sender);
    for (const authority of authorities) {
      const delegated = store.sender(authority);
      if (delegated !== undefined) senders.add(delegated);
    }
  }
  return senders;
}

/** After the fork changed. [POOL-20] */
export function dropRefused({ store, announcer, nowMs }: FollowingPool, fork: ForkName): void {
  for (const sender of [...store.senders()]) {
    for (const entry of store.retain(sender, ({ transaction }) => isValidInFork(transaction, fork), nowMs()))
      announcer.dropped(entry, "REFUSED_BY_FORK");
  }
}

function dropInvalid({ store, state, announcer, nowMs }: FollowingPool, sender: SenderTransactions): void {
  const isKeyValid = createKeyCheck((signed) => state.isKeyValid(signed.transaction, signed.sender));
  const keeps = (entry: Entry) => !mayNotSend(entry, sender.account, state) && isKeyValid(entry.pooled);
  for (const entry of store.retain(sender, keeps, nowMs())) {
    announcer.dropped(entry, mayNotSend(entry, sender.account, state) ? "SENDER_HAS_CODE" : "KEY_NOT_VALID");
  }
}

function enforceSenderLimits(pool: FollowingPool, sender: SenderTransactions): void {
  const { store, limits, announcer } = pool;
  const isOver = () =>
    sender.entries.length > limits.senderCountMax ||
    sender.bytes > limits.senderBytesMax ||
    (sender.entries.length > 1 && isDelegationLimited(pool, sender));
  while (isOver()) {
    announcer.dropped(store.pop(sender)!, "SENDER_LIMIT_REACHED");
  }
}
