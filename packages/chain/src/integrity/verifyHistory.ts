import { bytesEqual, bytesToBigint, bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { type Address, decodeAccount, EMPTY_TRIE_ROOT, type Hash } from "@trellis/protocol";
import { type NodeWrite, Trie, type TrieChange } from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER, storageOwner } from "../state/BaseState.ts";
import { formerNodeKey, formerNodeNumber, formerValueKey, historyPlace } from "../state/StateHistory.ts";
import type { BlockStore } from "../store/BlockStore.ts";
import type { ChainTables } from "../store/tables.ts";
import type { Problems } from "./Problems.ts";
import type { StoredEnds } from "./verifyMeta.ts";
import { valueChange } from "./verifyState.ts";

const ACCOUNTS_MAX = 500_000;

/** Reverts final blocks. Each step must produce the stored root and trie nodes. */
export function verifyHistory(
  tables: ChainTables,
  blocks: BlockStore,
  { base, historyStart }: StoredEnds,
  problems: Problems,
): void {
  const { reads, proofs } = historyStart;
  const reader = { get: (key: Uint8Array) => tables.trieNodes.get(key) };
  const nodes = new FormerNodes(tables, proofs, problems);
  let trie = Trie.load(base.stateRoot, reader, ACCOUNT_TRIE_OWNER);
  const storageTrie = (address: Address): Trie => {
    const account = trie.get(keccak256(hexToBytes(address)));
    const root = account === undefined ? EMPTY_TRIE_ROOT : decodeAccount(account).storageRoot;
    return Trie.load(root, reader, storageOwner(address));
  };
  const counts = verifyFormerStorage({ tables, nodes, problems, storageTrie }, reads, base.number);
  for (let top = base.number; top > reads; ) {
    let bottom = top;
    let held = counts.get(top) ?? 0;
    while (bottom - 1 > reads && held < ACCOUNTS_MAX) held += counts.get(--bottom) ?? 0;
    const former = formerAccounts(tables, bottom, top);
    for (let number = top; number >= bottom; number--) {
      trie = trie.with(former.get(number) ?? []);
      const below = tables.chainIndex.get(number - 1);
      const expected = below === undefined ? undefined : blocks.header(below)?.stateRoot;
      problems.expect(`history: the state root after block ${number - 1}`, trie.rootHash(), expected);
      nodes.verify(trie, number);
    }
    top = bottom - 1;
  }
  nodes.verifyCount(base.number);
  verifyLists(tables, proofs, base.number, problems);
}

class FormerNodes {
  readonly #tables: ChainTables;
  readonly #proofsFrom: number;
  readonly #problems: Problems;
  #count = 0;

  constructor(tables: ChainTables, proofsFrom: number, problems: Problems) {
    this.#tables = tables;
    this.#proofsFrom = proofsFrom;
    this.#problems = problems;
  }

  verify(before: Trie, number: number): void {
    if (number <= this.#proofsFrom) return;
    for (const write of before.commit().operations) {
      this.#count += 1;
      const stored = this.#tables.formerNodes.get(formerNodeKey(write.key, number));
      if (stored !== undefined && bytesEqual(stored, storedForm(write))) continue;
      this.#problems.add(`formerNodes: of ${bytesToHex(write.key)} before block ${number}`);
    }
  }

  verifyCount(newest: number): void {
    let count = 0;
    for (const [key] of this.#tables.formerNodes.range({})) {
      const number = formerNodeNumber(key);
      if (number > newest) this.#problems.add(`formerNodes: of block ${number}, which is not final`);
      if (number > this.#proofsFrom) count += 1;
    }
    this.#problems.expect("formerNodes: their number", count, this.#count);
  }
}

function storedForm(write: NodeWrite): Uint8Array {
  return write.kind === "put" ? write.value : new Uint8Array(0);
}

function verifyLists(tables: ChainTables, proofsFrom: number, newest: number, problems: Problems): void {
  const { replaced, history, formerNodes } = tables;
  const listed = { lists: 0, values: 0, nodes: 0 };
  for (const [number, { values, nodes }] of replaced.range({ from: proofsFrom + 1 })) {
    listed.lists += 1;
    if (number > newest) problems.add(`replaced: of block ${number}, which is not final`);
    for (const what of new Set(values.map(bytesToHex))) {
      if (history.has(formerValueKey(hexToBytes(what), number))) listed.values += 1;
      else problems.add(`replaced: ${what} before block ${number}, which is not there`);
    }
    for (const key of new Set(nodes.map(bytesToHex))) {
      if (formerNodes.has(formerNodeKey(hexToBytes(key), number))) listed.nodes += 1;
      else problems.add(`replaced: node ${key} before block ${number}, which is not there`);
    }
  }
  const there = { values: 0, nodes: 0 };
  for (const [key] of history.range({})) if (historyPlace(key).number > proofsFrom) there.values += 1;
  for (const [key] of formerNodes.range({})) if (formerNodeNumber(key) > proofsFrom) there.nodes += 1;
  problems.expect("replaced: the number of lists", listed.lists, newest - proofsFrom);
  problems.expect("replaced: the accounts and slots in the lists", listed.values, there.values);
  problems.expect("replaced: the nodes in the lists", listed.nodes, there.nodes);
}

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

interface AccountHistory {
  readonly address: Address;
  readonly storageRoots: Map<number, Hash>;
  readonly slots: Map<number, TrieChange[]>;
}

interface FormerStoragePorts {
  readonly tables: ChainTables;
  readonly nodes: FormerNodes;
  readonly problems: Problems;
  readonly storageTrie: (address: Address) => Trie;
}

function verifyFormerStorage(
  ports: FormerStoragePorts,
  historyFrom: number,
  newest: number,
): Map<number, number> {
  const { tables, problems } = ports;
  const counts = new Map<number, number>();
  let current: AccountHistory | undefined;
  for (const [key, value] of tables.history.range({})) {
    const { address, slot, slotHash, number } = historyPlace(key);
    if (number > newest) problems.add(`history: of block ${number}, which is not final`);
    if (number <= historyFrom || number > newest) continue;
    if (current?.address !== address) {
      verifyOneStorage(ports, current);
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
  verifyOneStorage(ports, current);
  return counts;
}

function verifyOneStorage(
  { nodes, problems, storageTrie }: FormerStoragePorts,
  history: AccountHistory | undefined,
): void {
  if (history === undefined || history.slots.size === 0) return;
  const { address, storageRoots, slots } = history;
  let trie = storageTrie(address);
  for (const number of [...slots.keys()].sort((a, b) => b - a)) {
    trie = trie.with(slots.get(number)!);
    const what = `history: the storage root of ${address} before block ${number}`;
    problems.expect(what, trie.rootHash(), storageRoots.get(number));
    nodes.verify(trie, number);
  }
}
