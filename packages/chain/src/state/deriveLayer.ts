import { bigintToMinimalBytes, hexToBytes, type Steps } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import {
  type Address,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  encodeAccount,
  encodeRlp,
  type Hash,
  type StateChanges,
} from "@trellis/protocol";
import { changeInSteps, type Trie, type TrieChange } from "@trellis/storage";
import type { StoredAccount } from "../store/stateTables.ts";
import { accountTrieKey } from "./BaseState.ts";
import type { LayerChanges } from "./StateLayer.ts";

interface StateUnder {
  account(address: Address): StoredAccount | undefined;
  accountTrie(): Trie;
  storageTrie(address: Address, storageRoot: Hash): Trie;
}

/** [EXEC-14] */
export function* deriveLayer(under: StateUnder, given: StateChanges): Steps<LayerChanges> {
  const changes = { ...given, storageCleared: clearedStorages(under, given) };
  const storageTries = yield* deriveStorageTries(under, changes);
  const accounts = yield* deriveAccounts(under, changes, storageTries);
  const accountChanges = yield* mapInSteps(
    accounts,
    ([address, account]): TrieChange => [
      accountTrieKey(address),
      account === undefined ? null : encodeAccount(account, account.storageRoot),
    ],
  );
  const accountTrie = yield* changeInSteps(under.accountTrie(), accountChanges);
  const { storage, storageCleared, codes } = changes;
  return { accounts, storage, storageCleared, codes, accountTrie, storageTries };
}

/** Hashes or reads per step, which takes about 1 ms. */
const ITEMS_PER_STEP = 200;

function* mapInSteps<T, U>(items: Iterable<T>, map: (item: T) => U): Steps<U[]> {
  const mapped: U[] = [];
  for (const item of items) if (mapped.push(map(item)) % ITEMS_PER_STEP === 0) yield;
  return mapped;
}

/** Deleted accounts lose their storage, even if the engine does not report it. */
function clearedStorages(
  under: StateUnder,
  { accounts, storageCleared }: StateChanges,
): ReadonlySet<Address> {
  const cleared = new Set(storageCleared);
  for (const [address, account] of accounts) {
    if (account !== undefined || cleared.has(address)) continue;
    const { storageRoot } = under.account(address) ?? { storageRoot: EMPTY_TRIE_ROOT };
    if (storageRoot !== EMPTY_TRIE_ROOT) cleared.add(address);
  }
  return cleared;
}

function* deriveStorageTries(under: StateUnder, changes: StateChanges): Steps<Map<Address, Trie>> {
  const tries = new Map<Address, Trie>();
  const trieUnder = (address: Address): Trie =>
    under.storageTrie(address, under.account(address)?.storageRoot ?? EMPTY_TRIE_ROOT);
  for (const address of changes.storageCleared) tries.set(address, trieUnder(address).cleared());
  for (const [address, slots] of changes.storage) {
    const slotChanges = yield* mapInSteps(
      slots,
      ([slot, value]): TrieChange => [
        keccak256(hexToBytes(slot)),
        value === 0n ? null : encodeRlp(bigintToMinimalBytes(value)),
      ],
    );
    tries.set(address, yield* changeInSteps(tries.get(address) ?? trieUnder(address), slotChanges));
  }
  return tries;
}

function* deriveAccounts(
  under: StateUnder,
  changes: StateChanges,
  storageTries: ReadonlyMap<Address, Trie>,
): Steps<Map<Address, StoredAccount | undefined>> {
  const accounts = new Map<Address, StoredAccount | undefined>();
  for (const [address, account] of changes.accounts) {
    if (accounts.size % ITEMS_PER_STEP === 0) yield;
    if (account === undefined) {
      accounts.set(address, undefined);
      continue;
    }
    const storageRoot =
      storageTries.get(address)?.rootHash() ?? under.account(address)?.storageRoot ?? EMPTY_TRIE_ROOT;
    accounts.set(address, { ...account, storageRoot });
  }
  for (const [address, trie] of storageTries) {
    if (accounts.has(address)) continue;
    const account = under.account(address);
    // The account was created and deleted within the block.
    if (account === undefined && trie.isEmpty) continue;
    accounts.set(address, { ...(account ?? NEW_ACCOUNT), storageRoot: trie.rootHash() });
  }
  return accounts;
}

const NEW_ACCOUNT = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };
