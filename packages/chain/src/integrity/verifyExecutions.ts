import { bytesToHex } from "@trellis/base";
import { PARAMETERS_ADDRESS } from "@trellis/contracts";
import { keccak256 } from "@trellis/crypto";
import {
  type Address,
  CHAIN_GAS_MAX,
  type ChainBlock,
  chainGasLimit,
  deliveryHash,
  EMPTY_TRIE_ROOT,
  encodeDelivery,
  encodeReceipt,
  encodeRlp,
  type Hash,
  impersonatedSender,
  mergeBlooms,
  recoverSender,
} from "@trellis/protocol";
import { trieRootOfList } from "@trellis/storage";
import { chainTimestamp } from "../execution/blockContext.ts";
import { StateStore } from "../state/StateStore.ts";
import type { BlockStore } from "../store/BlockStore.ts";
import type { ChainTables } from "../store/tables.ts";
import { countEntries } from "./countEntries.ts";
import type { Problems } from "./Problems.ts";
import { blockOfRecord } from "./verifyBlocks.ts";
import type { StoredEnds } from "./verifyMeta.ts";

/** Trusts skip reasons, which only execution can verify. */
export function verifyExecutions(
  tables: ChainTables,
  blocks: BlockStore,
  ends: StoredEnds,
  problems: Problems,
): number {
  const base = blocks.executedBlock(ends.baseHash);
  const isSet = blocks.overrideOf(base.header)?.gasLimit !== undefined;
  // Outside shard 0, governance of shard 0 decides. [SHARD-14.5]
  const isElsewhere = base.header.shard > 0;
  const budget = isSet || isElsewhere || isGoverned(tables, ends) ? undefined : budgetOf(base);
  const whole = executedOnWhole(tables, blocks, ends);
  for (const [hash] of tables.executions.range({})) {
    if (!whole(hash)) continue;
    problems.attempt(`execution of ${hash}`, () =>
      verifyExecution({ tables, blocks, problems }, hash, budget),
    );
  }
  return verifySelectedChain(tables, blocks, ends, problems);
}

/** If governance can change the gas limit, only execution yields a block's limit. */
function isGoverned(tables: ChainTables, { baseHash, base, isImported }: StoredEnds): boolean {
  const states = new StateStore({ isImported }, tables, baseHash, base.stateRoot);
  return states.account(baseHash, PARAMETERS_ADDRESS) !== undefined;
}

/** Undefined if CHAIN_GAS_MAX limits the block. */
function budgetOf({ gasLimit, carriers }: ChainBlock): bigint | undefined {
  return gasLimit === CHAIN_GAS_MAX ? undefined : gasLimit / BigInt(carriers.length);
}

/** False for blocks outside the pruning point's future: their carriers may be deleted. */
function executedOnWhole(
  tables: ChainTables,
  blocks: BlockStore,
  { pruned, imported }: StoredEnds,
): (hash: Hash) => boolean {
  // The imported block's accepted transactions are unknown.
  if (pruned === undefined) return (hash) => hash !== imported?.hash;
  const whole = new Set<Hash>();
  for (const [, record] of tables.dagRecords.range({})) {
    const hash = blockOfRecord(record);
    const selectedParent = blocks.header(hash)?.parents[0];
    if (selectedParent === undefined) continue;
    if (selectedParent === pruned.hash || whole.has(selectedParent)) whole.add(hash);
  }
  return (hash) => whole.has(hash) && hash !== imported?.hash;
}

interface VerifyExecutionPorts {
  readonly tables: ChainTables;
  readonly blocks: BlockStore;
  readonly problems: Problems;
}

function verifyExecution(
  { tables, blocks, problems }: VerifyExecutionPorts,
  hash: Hash,
  budget: bigint | undefined,
): void {
  const block = blocks.executedBlock(hash);
  const { header, carriers, transactions, deliveries = [] } = block;
  const expect = (what: string, got: unknown, expected: unknown): void =>
    problems.expect(`execution of ${hash}: ${what}`, got, expected);
  const encoded = [
    ...deliveries.map(({ message }) => encodeDelivery(message)),
    ...transactions.map(({ transaction }) => transaction.encoded),
  ];
  const receipts = [...deliveries, ...transactions].map(({ receipt }) => receipt);
  const parent = header.parents[0];
  // The parent's execution may be pruned.
  const parentTime = parent === undefined ? 0 : tables.executions.get(parent)?.timestamp;
  if (parentTime !== undefined) {
    expect("the timestamp", block.timestamp, chainTimestamp(header.timestampMs, parentTime));
  }
  const limit = blocks.overrideOf(header)?.gasLimit ?? budget ?? budgetOf(block) ?? CHAIN_GAS_MAX;
  expect("the gas limit", block.gasLimit, chainGasLimit(limit, carriers.length));
  expect("the last carrier", carriers.at(-1), hash);
  expect("the accepted root", rootOf(encoded), header.acceptedRoot);
  expect("the receipts root", rootOf(receipts.map(encodeReceipt)), header.receiptsRoot);
  expect("the gas used", receipts.at(-1)?.cumulativeGasUsed ?? 0n, header.gasUsed);
  const bloom = mergeBlooms(receipts.map(({ logsBloom }) => logsBloom));
  expect("the bloom", bytesToHex(bloom), bytesToHex(header.logsBloom));
  verifyPlaces(blocks, block, problems);
  deliveries.forEach(({ message, receipt }, index) => {
    const gasBefore = receipts[index - 1]?.cumulativeGasUsed ?? 0n;
    expect("a delivery's hash", receipt.transactionHash, deliveryHash(message));
    expect("a delivery's gas", receipt.gasUsed, receipt.cumulativeGasUsed - gasBefore);
    expect("a delivery's price", receipt.effectiveGasPrice, 0n);
  });
  transactions.forEach((accepted, index) => {
    const before = receipts[deliveries.length + index - 1];
    verifyDerived(block, accepted, before?.cumulativeGasUsed ?? 0n, expect);
  });
}

function verifyPlaces(
  blocks: BlockStore,
  { hash, carriers, transactions, skipped }: ChainBlock,
  problems: Problems,
): void {
  const accepted = transactions.map(({ transaction, carrier }) => `${carrier}${transaction.hash}`);
  const left = new Set(skipped.map(({ transactionHash, carrier }) => `${carrier}${transactionHash}`));
  let next = 0;
  for (const carrier of carriers) {
    for (const transaction of blocks.storedBlock(carrier).body.transactions) {
      const place = `${carrier}${transaction.hash}`;
      if (accepted[next] === place) next++;
      else if (!left.delete(place)) problems.add(`execution of ${hash}: nothing about ${transaction.hash}`);
    }
  }
  if (next < accepted.length || left.size > 0) {
    problems.add(`execution of ${hash}: more transactions than its carriers have`);
  }
}

/** Verifies fields that the receipts root does not cover. */
function verifyDerived(
  { header }: ChainBlock,
  { transaction, sender, receipt }: ChainBlock["transactions"][number],
  gasBefore: bigint,
  expect: (what: string, got: unknown, expected: unknown) => void,
): void {
  const { maxFeePerGas, maxPriorityFeePerGas, nonce, to } = transaction;
  const created = to === null ? contractAddress(sender, nonce) : null;
  // Only a controlled devnet stores such a sender. [DEV-5]
  if (sender !== impersonatedSender(transaction)) expect("a sender", sender, recoverSender(transaction));
  expect("a receipt's type", receipt.type, transaction.type);
  expect("a receipt's transaction", receipt.transactionHash, transaction.hash);
  expect("a receipt's gas", receipt.gasUsed, receipt.cumulativeGasUsed - gasBefore);
  expect(
    "a receipt's price",
    receipt.effectiveGasPrice,
    smaller(maxFeePerGas, header.baseFee + maxPriorityFeePerGas),
  );
  expect("a receipt's contract", receipt.contractAddress, created);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function contractAddress(sender: Address, nonce: bigint): Address {
  return bytesToHex(keccak256(encodeRlp([sender, nonce])).subarray(12));
}

function rootOf(values: readonly Uint8Array[]): Hash {
  return values.length === 0 ? EMPTY_TRIE_ROOT : trieRootOfList(values);
}

function verifySelectedChain(
  tables: ChainTables,
  blocks: BlockStore,
  { sinkHash, pruned, imported, awaitsState }: StoredEnds,
  problems: Problems,
): number {
  const newest = (imported?.header.number ?? 0) > (pruned?.header.number ?? 0) ? imported : pruned;
  // Until a state is imported, the selected chain is genesis.
  const bottom = awaitsState ? undefined : newest;
  let transactions = 0;
  let merged = 0;
  let length = 0;
  problems.attempt("the selected chain", () => {
    for (let hash: Hash | undefined = sinkHash; hash !== bottom?.hash && hash !== undefined; length++) {
      const block: ChainBlock = blocks.executedBlock(hash);
      const { number, parents } = block.header;
      problems.expect(`chainIndex: block ${number}`, tables.chainIndex.get(number), hash);
      for (const carrier of block.carriers) {
        problems.expect(`mergedBy: of ${carrier}`, tables.mergedBy.get(carrier), hash);
      }
      merged += block.carriers.length;
      transactions += block.transactions.length;
      const parent: Hash | undefined = parents[0];
      const expected = parent === undefined ? number : blocks.storedHeader(parent).number + 1;
      problems.expect(`the number of ${hash}`, number, expected);
      hash = parent;
    }
  });
  // Entries of pruned blocks may remain: deletion is gradual.
  const left = { index: 0, merged: 0 };
  if (bottom !== undefined) {
    const { number } = bottom.header;
    left.index = countEntries({ range: () => tables.chainIndex.range({ to: number + 1 }) });
    for (const [, merger] of tables.mergedBy.range({})) {
      if ((blocks.header(merger)?.number ?? 0) <= number) left.merged += 1;
    }
  }
  problems.expect("chainIndex: its length", countEntries(tables.chainIndex), length + left.index);
  problems.expect("mergedBy: its length", countEntries(tables.mergedBy), merged + left.merged);
  return transactions;
}
