import { readInbox, readOutbox, SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import {
  type BlockInput,
  type BlockResult,
  type Message,
  type StateReader,
  withChanges,
} from "@trellis/protocol";
import { shardErrors } from "./errors.ts";
import { sum } from "./sum.ts";

const BASIS_POINTS = 10_000n;

interface ExecutedBlock {
  readonly input: BlockInput;
  readonly result: BlockResult;
  /** Delivered by the block. */
  readonly messages: readonly Message[];
  /** Of the transactions that ran. */
  readonly gasPaid: bigint;
}

/**
 * A block may add no more coins than it issues and receives, less what it burns, and leaves the gateway's escrow
 * covered. Contracts can destroy coins. [SHARD-17]
 * @param count number of shards
 * @throws SUPPLY_INCREASED, ESCROW_UNCOVERED
 */
export function requireSupply(count: number, { input, result, messages, gasPaid }: ExecutedBlock): void {
  const before = input.state;
  const { changes } = result;
  const after = withChanges(before, changes);
  const added = sum(
    [...changes.accounts].map(
      ([address, account]) => (account?.balance ?? 0n) - (before.account(address)?.balance ?? 0n),
    ),
  );
  const sources = [...new Set(messages.map(({ source }) => source))];
  const receivedIn = (state: StateReader): bigint =>
    sum(sources.map((source) => readInbox(state, source).value));
  const issued = sum([
    ...input.credits.map(({ amount }) => amount),
    // The value of a failed call is not issued.
    ...input.systemCalls.map(({ value }) => value),
  ]);
  const addedMax = issued + receivedIn(after) - receivedIn(before) - burnedBy(input, gasPaid);
  const block = { number: String(input.context.number) };
  if (added > addedMax)
    throw shardErrors.SUPPLY_INCREASED({ ...block, added: String(added), addedMax: String(addedMax) });
  if (!changes.accounts.has(SHARD_GATEWAY_ADDRESS) && !changes.storage.has(SHARD_GATEWAY_ADDRESS)) return;
  const escrow = sum(Array.from({ length: count }, (_, shard) => readOutbox(after, shard).value));
  const balance = after.account(SHARD_GATEWAY_ADDRESS)?.balance ?? 0n;
  if (balance < escrow)
    throw shardErrors.ESCROW_UNCOVERED({ ...block, balance: String(balance), escrow: String(escrow) });
}

function burnedBy({ context, baseFeeShare }: BlockInput, gasPaid: bigint): bigint {
  const fees = gasPaid * context.baseFee;
  return fees - (fees * BigInt(baseFeeShare.basisPoints)) / BASIS_POINTS;
}
