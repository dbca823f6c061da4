import { bigintToMinimalBytes, hexToBytes } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import { type Address, EMPTY_CODE_HASH, encodeAccount, encodeRlp, type Hash } from "@trellis/protocol";
import { Trie, type TrieChange } from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER, storageOwner } from "../state/BaseState.ts";
import type { ChainTables } from "../store/tables.ts";
import { countEntries } from "./countEntries.ts";
import type { Problems } from "./Problems.ts";

export interface StateCounts {
  readonly accounts: number;
  readonly slots: number;
}

const BATCH = 10_000;

export function verifyState(tables: ChainTables, stateRoot: Hash, problems: Problems): StateCounts {
  const nodes = new NodeCounter(tables, problems);
  let trie = emptyTrie();
  let batch: TrieChange[] = [];
  let accounts = 0;
  let slots = 0;
  problems.attempt("accounts", () => {
    for (const [address, account] of tables.accounts.range({})) {
      const storage = problemsOfStorage(tables, address, problems);
      slots += storage.slots;
      problems.expect(`account ${address}: its storage root`, storage.root, account.storageRoot);
      nodes.walk(account.storageRoot, storageOwner(address), `storage trie of ${address}`);
      if (account.codeHash !== EMPTY_CODE_HASH && !tables.codes.has(account.codeHash)) {
        problems.add(`account ${address}: its code ${account.codeHash} is missing`);
      }
      batch.push([keccak256(hexToBytes(address)), encodeAccount(account, account.storageRoot)]);
      accounts += 1;
      if (batch.length === BATCH) {
        trie = trie.with(batch);
        batch = [];
      }
    }
  });
  trie = trie.with(batch);
  problems.expect("the accounts' state root", trie.rootHash(), stateRoot);
  nodes.walk(stateRoot, ACCOUNT_TRIE_OWNER, "account trie");
  problems.expect("slots: their number", countEntries(tables.slots), slots);
  problems.expect("trieNodes: their number", countEntries(tables.trieNodes), nodes.count);
  for (const [codeHash, code] of tables.codes.range({})) {
    problems.expect("codes: a hash", codeHash, keccak256Hex(code));
  }
  return { accounts, slots };
}

export function emptyTrie(): Trie {
  return Trie.empty({ get: () => undefined }, ACCOUNT_TRIE_OWNER);
}

function slotChange(slot: Hash, value: bigint): TrieChange {
  return valueChange(keccak256(hexToBytes(slot)), value);
}

export function valueChange(key: Uint8Array, value: bigint): TrieChange {
  return [key, value === 0n ? null : encodeRlp(bigintToMinimalBytes(value))];
}

export function* slotsOf(tables: ChainTables, address: Address): Iterable<readonly [Hash, bigint]> {
  const from = { address, slot: `0x${"00".repeat(32)}` as const };
  for (const [key, value] of tables.slots.range({ from })) {
    if (key.address !== address) return;
    yield [key.slot, value];
  }
}

function problemsOfStorage(
  tables: ChainTables,
  address: Address,
  problems: Problems,
): { root: Hash; slots: number } {
  const changes: TrieChange[] = [];
  problems.attempt(`slots of ${address}`, () => {
    for (const [slot, value] of slotsOf(tables, address)) changes.push(slotChange(slot, value));
  });
  return { root: emptyTrie().with(changes).rootHash(), slots: changes.length };
}

export class NodeCounter {
  readonly #tables: ChainTables;
  readonly #problems: Problems;
  count = 0;

  constructor(tables: ChainTables, problems: Problems) {
    this.#tables = tables;
    this.#problems = problems;
  }

  walk(
    root: Hash,
    owner: Uint8Array,
    what: string,
    visit: (key: Uint8Array, value: Uint8Array) => void = () => {},
  ): void {
    const reader = {
      get: (key: Uint8Array) => {
        this.count += 1;
        return this.#tables.trieNodes.get(key);
      },
    };
    this.#problems.attempt(what, () => {
      for (const [key, value] of Trie.load(root, reader, owner).entries()) visit(key, value);
    });
  }
}
