import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import {
  type Address,
  type Cancellation,
  type ChainBlock,
  type ChainView,
  entryAt,
  entryCount,
  type Hash,
  jsonText,
  type StoredSlot,
} from "@trellis/protocol";
import { blockParameter } from "../../decoding/blockParameter.ts";
import { address, bytesUpTo, count } from "../../decoding/hex.ts";
import { rpcErrors } from "../../errors.ts";
import { resolveBlock } from "../../reading/resolveBlock.ts";
import { defineExecution, required, WEIGHTS } from "../Method.ts";

const SLOTS_MAX = 1_024;
const HASH_DIGITS = 64;

export const storageMethods = [
  defineExecution({
    role: "debug",
    weight: WEIGHTS.trace,
    name: "debug_storageRangeAt",
    summary: "Returns slots of an account before a transaction of a block, in the order of their hashes.",
    params: [
      required("block", blockParameter),
      required("transactionIndex", count),
      required("address", address),
      required("startKey", bytesUpTo(HASH_DIGITS / 2)),
      required("limit", count),
    ],
    async handle({ chain }, [at, index, account, startKey, limit], cancellation) {
      const block = resolveBlock(chain, at);
      const changed = await changedSlots(chain, { block, index, account }, cancellation);
      const from: Hash = `0x${bytesToHex(startKey).slice(2).padEnd(HASH_DIGITS, "0")}`;
      const countMax = Math.min(limit, SLOTS_MAX);
      // One more for the next key. Changes can delete slots.
      const parent = block.header.parents[0]!;
      const before = chain.slotsAt(parent, account, from, countMax + 1 + changed.size);
      return rangeOf(withChanges(before, changed, from), countMax);
    },
  }),
];

interface Place {
  readonly block: ChainBlock;
  readonly index: number;
  readonly account: Address;
}

/** By the transactions of the block before this one. @throws RPC_REQUEST_REFUSED */
async function changedSlots(
  { simulation }: ChainView,
  { block, index, account }: Place,
  cancellation: Cancellation,
): Promise<ReadonlyMap<Hash, bigint>> {
  if (block.header.number === 0) throw refused("no transaction in genesis");
  if (index === 0 && entryCount(block) === 0) return new Map();
  const wanted = entryAt(block, index)?.receipt.transactionHash;
  if (wanted === undefined) throw refused(`transaction index ${index} out of range for block ${block.hash}`);
  const tracer = { kind: "changedSlots", address: account } as const;
  const traced = await simulation.traceTransaction(block.hash, wanted, tracer, cancellation);
  const slots: Readonly<Record<Hash, Hash>> = JSON.parse(jsonText(traced));
  return new Map(Object.entries(slots).map(([slot, value]) => [slot as Hash, BigInt(value)]));
}

function withChanges(
  before: readonly StoredSlot[],
  changed: ReadonlyMap<Hash, bigint>,
  from: Hash,
): StoredSlot[] {
  const slots = new Map(before.map((stored) => [stored.hash, stored]));
  for (const [slot, value] of changed) {
    const hash = keccak256Hex(hexToBytes(slot));
    if (value === 0n || hash < from) slots.delete(hash);
    else slots.set(hash, { hash, slot, value });
  }
  return [...slots.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
}

function rangeOf(slots: readonly StoredSlot[], countMax: number) {
  const storage = slots
    .slice(0, countMax)
    .map(({ hash, slot, value }) => [hash, { key: slot ?? null, value: wordOf(value) }]);
  return { storage: Object.fromEntries(storage), nextKey: slots[countMax]?.hash ?? null };
}

function wordOf(value: bigint): Hash {
  return `0x${value.toString(16).padStart(HASH_DIGITS, "0")}`;
}

function refused(reason: string) {
  return rpcErrors.RPC_REQUEST_REFUSED({ reason });
}
