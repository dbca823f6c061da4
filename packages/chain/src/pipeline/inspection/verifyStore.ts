import { bigintToMinimalBytes, bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import {
  type Address,
  bodyRoot,
  EMPTY_TRIE_ROOT,
  encodeAccount,
  encodeReceipt,
  encodeRlp,
  type Hash,
  headerHash,
} from "@trellis/protocol";
import { type KeyReader, Trie, type TrieChange, trieRootOfList } from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER, storageOwner } from "../../state/BaseState.ts";
import { BlockStore } from "../BlockStore.ts";
import { type ChainTables, openChainTables } from "../tables.ts";

export interface StoreReport {
  readonly head: { readonly number: number; readonly hash: Hash };
  /** The block whose state is stored; the states above it are executed again at each start. */
  readonly base: { readonly number: number; readonly hash: Hash; readonly stateRoot: Hash };
  readonly blocks: number;
  readonly transactions: number;
  readonly accounts: number;
  readonly slots: number;
  /** What contradicts itself; empty when all is well. */
  readonly problems: readonly string[];
}

/** Accounts whose trie values are computed in one batch. */
const BATCH = 10_000;

/**
 * Recomputes what is stored from its parts: hashes of headers, roots of bodies, receipts and accepted transactions
 * along the selected chain, and the state root from the flat tables and from the trie's nodes.
 */
export function verifyStore(store: KeyReader): StoreReport {
  const tables = openChainTables(store);
  const blocks = new BlockStore(tables);
  const problems: string[] = [];
  const sink = bytesToHex(tables.meta.get("sink") ?? new Uint8Array(0));
  const baseHash = bytesToHex(tables.meta.get("base") ?? new Uint8Array(0));
  const head = blocks.header(sink);
  const base = blocks.header(baseHash);
  if (head === undefined || base === undefined) {
    const nowhere = { number: 0, hash: sink };
    return {
      head: nowhere,
      base: { number: 0, hash: baseHash, stateRoot: EMPTY_TRIE_ROOT },
      blocks: 0,
      transactions: 0,
      accounts: 0,
      slots: 0,
      problems: ["the store holds no chain"],
    };
  }
  const transactions = verifyChain(blocks, head.number, sink, problems);
  const { accounts, slots } = verifyState(tables, base.stateRoot, problems);
  return {
    head: { number: head.number, hash: sink },
    base: { number: base.number, hash: baseHash, stateRoot: base.stateRoot },
    blocks: head.number + 1,
    transactions,
    accounts,
    slots,
    problems,
  };
}

/** Walks the selected chain; gives the number of its transactions. */
function verifyChain(blocks: BlockStore, headNumber: number, sink: Hash, problems: string[]): number {
  let transactions = 0;
  let parent: Hash | undefined;
  for (let number = 0; number <= headNumber; number++) {
    const hash = blocks.hashByNumber(number);
    const block = hash === undefined ? undefined : blocks.block(hash);
    const executed = hash === undefined ? undefined : blocks.chainBlock(hash);
    if (hash === undefined || block === undefined || executed === undefined) {
      problems.push(`block ${number} is missing`);
      continue;
    }
    const { header, body } = block;
    const receipts = executed.transactions.map(({ receipt }) => encodeReceipt(receipt));
    const encoded = executed.transactions.map(({ transaction }) => transaction.encoded);
    const checks: [string, unknown, unknown][] = [
      ["hash", headerHash(header), hash],
      ["number", header.number, number],
      ["parent", header.parents[0], parent],
      ["body", bodyRoot(body), header.bodyRoot],
      ["receipts", trieRootOfList(receipts), header.receiptsRoot],
      ["accepted transactions", trieRootOfList(encoded), header.acceptedRoot],
    ];
    for (const [what, got, expected] of checks) {
      if (got !== expected) problems.push(`block ${number}: ${what} is ${got}, not ${expected}`);
    }
    transactions += executed.transactions.length;
    parent = hash;
  }
  if (parent !== sink) problems.push(`the selected chain ends in ${parent}, not in the sink ${sink}`);
  return transactions;
}

function verifyState(
  tables: ChainTables,
  stateRoot: Hash,
  problems: string[],
): { accounts: number; slots: number } {
  const nowhere = { get: () => undefined };
  let trie = Trie.empty(nowhere, ACCOUNT_TRIE_OWNER);
  let batch: TrieChange[] = [];
  let accounts = 0;
  let slots = 0;
  for (const [address, account] of tables.accounts.range({ from: "0x" })) {
    const storage = storageTrieOf(tables, address);
    slots += storage.slots;
    if (storage.root !== account.storageRoot) {
      problems.push(`account ${address}: storage root is ${storage.root}, not ${account.storageRoot}`);
    }
    verifyNodes(tables, account.storageRoot, storageOwner(address), `storage trie of ${address}`, problems);
    batch.push([keccak256(hexToBytes(address)), encodeAccount(account, account.storageRoot)]);
    accounts += 1;
    if (batch.length === BATCH) {
      trie = trie.with(batch);
      batch = [];
    }
  }
  const root = trie.with(batch).rootHash();
  if (root !== stateRoot) problems.push(`the accounts lead to the state root ${root}, not ${stateRoot}`);
  verifyNodes(tables, stateRoot, ACCOUNT_TRIE_OWNER, "account trie", problems);
  return { accounts, slots };
}

function storageTrieOf(tables: ChainTables, address: Address): { root: Hash; slots: number } {
  const changes: TrieChange[] = [];
  const from = { address, slot: `0x${"00".repeat(32)}` as const };
  for (const [key, value] of tables.slots.range({ from })) {
    if (key.address !== address) break;
    changes.push([keccak256(hexToBytes(key.slot)), encodeRlp(bigintToMinimalBytes(value))]);
  }
  return {
    root: Trie.empty({ get: () => undefined }, ACCOUNT_TRIE_OWNER)
      .with(changes)
      .rootHash(),
    slots: changes.length,
  };
}

/** Loads every node; each is compared with the hash that its parent names. */
function verifyNodes(
  tables: ChainTables,
  root: Hash,
  owner: Uint8Array,
  what: string,
  problems: string[],
): void {
  try {
    for (const _ of Trie.load(root, { get: (key) => tables.trieNodes.get(key) }, owner).entries());
  } catch (error) {
    problems.push(`${what}: ${(error as Error).message}`);
  }
}
