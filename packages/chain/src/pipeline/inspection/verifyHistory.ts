import { bytesToBigint, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { type Address, decodeAccount, EMPTY_TRIE_ROOT, type Hash } from "@trellis/protocol";
import { Trie, type TrieChange } from "@trellis/storage";
import { storageOwner } from "../../state/BaseState.ts";
import { historyPlace } from "../../state/StateHistory.ts";
import type { BlockStore } from "../BlockStore.ts";
import type { ChainTables } from "../tables.ts";
import type { Problems } from "./Problems.ts";
import type { StoredEnds } from "./verifyMeta.ts";
import { emptyTrie, slotChange, slotsOf, valueChange } from "./verifyState.ts";

/** Former accounts that are held in memory at a time. */
const ACCOUNTS_MAX = 500_000;

/**
 * Undoes what final blocks replaced, from the base down to where the history begins: each time the state must have
 * the root that the block before names.
 * @param accountTrie of the base
 */
export function verifyHistory(
  tables: ChainTables,
  blocks: BlockStore,
  { base, historyFrom, isAdopted }: StoredEnds,
  accountTrie: Trie,
  problems: Problems,
): void {
  if (historyFrom === undefined) return;
  const storageTrie = isAdopted ? storageTries(tables, accountTrie) : flatStorage(tables);
  const counts = verifyFormerStorage(tables, historyFrom, base.number, problems, storageTrie);
  let trie = accountTrie;
  for (let top = base.number; top > historyFrom; ) {
    let bottom = top;
    let held = counts.get(top) ?? 0;
    while (bottom - 1 > historyFrom && held < ACCOUNTS_MAX) held += counts.get(--bottom) ?? 0;
    const former = formerAccounts(tables, bottom, top);
    for (let number = top; number >= bottom; number--) {
      trie = trie.with(former.get(number) ?? []);
      const below = tables.chainIndex.get(number - 1);
      const expected = below === undefined ? undefined : blocks.header(below)?.stateRoot;
      problems.expect(`history: the state root after block ${number - 1}`, trie.rootHash(), expected);
    }
    top = bottom - 1;
  }
}

/** Accounts before each of some blocks, as changes of the trie that undo the block. */
function formerAccounts(tables: ChainTables, bottom: number, top: number): Map<number, TrieChange[]> {
  const former = new Map<number, TrieChange[]>();
  for (const [key, value] of tables.history.range({})) {
    const { address, slot, slotHash, number } = historyPlace(key);
    if (slot !== undefined || slotHash !== undefined || number < bottom || number > top) continue;
    const changes = former.get(number) ?? [];
    changes.push([keccak256(hexToBytes(address)), value.length === 0 ? null : value]);
    former.set(number, changes);
  }
  return former;
}

/** What one account's history holds, by block. */
interface AccountHistory {
  readonly address: Address;
  readonly storageRoots: Map<number, Hash>;
  readonly slots: Map<number, TrieChange[]>;
}

/** Undoes the slots of each account by itself. @returns how many accounts each block changed */
function verifyFormerStorage(
  tables: ChainTables,
  historyFrom: number,
  newest: number,
  problems: Problems,
  storageTrie: (address: Address) => Trie,
): Map<number, number> {
  const counts = new Map<number, number>();
  let current: AccountHistory | undefined;
  for (const [key, value] of tables.history.range({})) {
    const { address, slot, slotHash, number } = historyPlace(key);
    if (number > newest) problems.add(`history: of block ${number}, which is not final`);
    if (number <= historyFrom || number > newest) continue;
    if (current?.address !== address) {
      verifyOneStorage(storageTrie, current, problems);
      current = { address, storageRoots: new Map(), slots: new Map() };
    }
    if (slot === undefined && slotHash === undefined) {
      counts.set(number, (counts.get(number) ?? 0) + 1);
      const root = value.length === 0 ? EMPTY_TRIE_ROOT : decodeAccount(value).storageRoot;
      current.storageRoots.set(number, root);
    } else {
      const changes = current.slots.get(number) ?? [];
      const key = slotHash === undefined ? keccak256(hexToBytes(slot!)) : hexToBytes(slotHash);
      changes.push(valueChange(key, bytesToBigint(value)));
      current.slots.set(number, changes);
    }
  }
  verifyOneStorage(storageTrie, current, problems);
  return counts;
}

/** Today's storage, from the flat tables. */
function flatStorage(tables: ChainTables): (address: Address) => Trie {
  return (address) =>
    emptyTrie().with([...slotsOf(tables, address)].map(([slot, value]) => slotChange(slot, value)));
}

/** The same where the flat tables have only a part of it. */
function storageTries(tables: ChainTables, accountTrie: Trie): (address: Address) => Trie {
  const reader = { get: (key: Uint8Array) => tables.trieNodes.get(key) };
  return (address) => {
    const account = accountTrie.get(keccak256(hexToBytes(address)));
    const root = account === undefined ? EMPTY_TRIE_ROOT : decodeAccount(account).storageRoot;
    return Trie.load(root, reader, storageOwner(address));
  };
}

function verifyOneStorage(
  storageTrie: (address: Address) => Trie,
  history: AccountHistory | undefined,
  problems: Problems,
): void {
  if (history === undefined || history.slots.size === 0) return;
  const { address, storageRoots, slots } = history;
  let trie = storageTrie(address);
  for (const number of [...slots.keys()].sort((a, b) => b - a)) {
    trie = trie.with(slots.get(number)!);
    const what = `history: the storage root of ${address} before block ${number}`;
    problems.expect(what, trie.rootHash(), storageRoots.get(number));
  }
}
