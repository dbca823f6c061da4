import { type Account, type Address, impersonatedSender, type Transaction } from "@trellis/protocol";
import type { Entry } from "./Entry.ts";
import { mempoolErrors } from "./errors.ts";
import { type MempoolLimits, PRICE_BUMP_PERCENT } from "./limits.ts";
import { isContract, isDelegated, type PoolState } from "./PoolState.ts";
import type { PoolStore } from "./PoolStore.ts";
import type { SenderTransactions } from "./SenderTransactions.ts";

/** EIP-3607. [DEV-5] */
export function mayNotSend(
  { pooled: { transaction, sender } }: Entry,
  account: Account,
  state: PoolState,
): boolean {
  return isContract(state, account) && impersonatedSender(transaction) !== sender;
}

export function checkAccount(entry: Entry, account: Account, state: PoolState, limits: MempoolLimits): void {
  const { nonce } = entry;
  if (mayNotSend(entry, account, state)) {
    throw mempoolErrors.SENDER_HAS_CODE({ sender: entry.pooled.sender, codeHash: account.codeHash });
  }
  if (nonce < account.nonce) {
    throw mempoolErrors.NONCE_TOO_LOW({ sender: entry.pooled.sender, nonce, accountNonce: account.nonce });
  }
  const nonceMax = account.nonce + BigInt(limits.nonceAheadMax);
  if (nonce > nonceMax) {
    throw mempoolErrors.NONCE_TOO_FAR({
      sender: entry.pooled.sender,
      nonce,
      nonceMax,
      accountNonce: account.nonce,
    });
  }
}

export function checkFloor(
  entry: Entry,
  floorWei: bigint,
  { baseFee, feeCapMin }: { readonly baseFee: bigint; readonly feeCapMin: bigint },
): void {
  const floor = entry.pooled.isLocal ? 0n : floorWei;
  const { maxFeePerGas, maxPriorityFeePerGas } = entry.transaction;
  if (maxFeePerGas < feeCapMin + floor) {
    throw mempoolErrors.FEE_CAP_BELOW_FLOOR({ maxFeePerGas, baseFee, feeCapMin, floor });
  }
  if (maxPriorityFeePerGas < floor) {
    throw mempoolErrors.TIP_BELOW_FLOOR({ maxPriorityFeePerGas, floor });
  }
}

/** [POOL-4] */
export function checkReplacement(entry: Entry, replaced: Entry): void {
  const { maxFeePerGas, maxPriorityFeePerGas } = entry.transaction;
  const feeRequired = raised(replaced.transaction.maxFeePerGas);
  const tipRequired = raised(replaced.transaction.maxPriorityFeePerGas);
  if (maxFeePerGas >= feeRequired && maxPriorityFeePerGas >= tipRequired) return;
  throw mempoolErrors.REPLACEMENT_UNDERPRICED({
    replaced: replaced.transaction.hash,
    maxFeePerGas,
    feeRequired,
    maxPriorityFeePerGas,
    tipRequired,
  });
}

function raised(feeWei: bigint): bigint {
  const bumped = (feeWei * (100n + PRICE_BUMP_PERCENT) + 99n) / 100n;
  return bumped > feeWei ? bumped : feeWei + 1n;
}

export function checkSenderLimits(
  entry: Entry,
  sender: SenderTransactions,
  replaced: Entry | undefined,
  limits: MempoolLimits,
): void {
  const bytes = sender.bytes + entry.bytes - (replaced?.bytes ?? 0);
  if (bytes > limits.senderBytesMax) throw limitReached(sender, "senderBytesMax", bytes, limits);
  if (replaced !== undefined) return;
  const count = sender.entries.length + 1;
  if (count > limits.senderCountMax) throw limitReached(sender, "senderCountMax", count, limits);
  const queued = sender.queuedCount + 1;
  if (!sender.extendsRun(entry.nonce) && queued > limits.senderQueuedMax) {
    throw limitReached(sender, "senderQueuedMax", queued, limits);
  }
}

/** Delegated accounts can spend their balance without a transaction of their own. [POOL-19] */
export function checkDelegation(
  {
    transaction,
    authorities,
  }: { readonly transaction: Transaction; readonly authorities: Iterable<Address> },
  sender: SenderTransactions,
  replaced: Entry | undefined,
  pool: { readonly store: PoolStore; readonly state: PoolState },
): void {
  const { store } = pool;
  if (isDelegationLimited(pool, sender) && replaced === undefined) {
    const got = sender.entries.length + 1;
    if (got > 1 || transaction.nonce !== sender.account.nonce)
      throw mempoolErrors.SENDER_LIMIT_REACHED({ sender: sender.address, limit: "delegated", got, max: 1 });
  }
  for (const authority of authorities) {
    const isAdding = authority === sender.address && replaced === undefined;
    const got = (store.sender(authority)?.entries.length ?? 0) + (isAdding ? 1 : 0);
    if (got > 1)
      throw mempoolErrors.SENDER_LIMIT_REACHED({ sender: authority, limit: "delegated", got, max: 1 });
  }
}

/** Whether the account may have only one pooled transaction. [POOL-19] */
export function isDelegationLimited(
  { store, state }: { readonly store: PoolStore; readonly state: PoolState },
  sender: SenderTransactions,
): boolean {
  return isDelegated(state, sender.account) || store.isAuthority(sender.address);
}

function limitReached(
  sender: SenderTransactions,
  limit: "senderBytesMax" | "senderCountMax" | "senderQueuedMax",
  got: number,
  limits: MempoolLimits,
) {
  return mempoolErrors.SENDER_LIMIT_REACHED({ sender: sender.address, limit, got, max: limits[limit] });
}

export function checkFunds(entry: Entry, sender: SenderTransactions, replaced: Entry | undefined): void {
  const freed = replaced !== undefined && sender.isPending(replaced) ? replaced.cost : 0n;
  const pendingCost = sender.runCost - freed;
  const { balance } = sender.account;
  if (pendingCost + entry.cost <= balance) return;
  throw mempoolErrors.FUNDS_INSUFFICIENT({
    sender: sender.address,
    balance,
    cost: entry.cost,
    pendingCost,
    missing: pendingCost + entry.cost - balance,
  });
}
