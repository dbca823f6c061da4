import { bigintToMinimalBytes, bytesEqual, bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import { decodeAccount, EMPTY_CODE_HASH, encodeAccount, encodeRlp, type Hash } from "@trellis/protocol";
import { Trie } from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER, storageOwner } from "../state/BaseState.ts";
import type { ChainTables } from "../store/tables.ts";
import { countEntries } from "./countEntries.ts";
import type { Problems } from "./Problems.ts";
import { NodeCounter, type StateCounts } from "./verifyState.ts";

export function verifyImportedState(tables: ChainTables, stateRoot: Hash, problems: Problems): StateCounts {
  const counts = verifyTries(tables, stateRoot, problems);
  const reader = { get: (key: Uint8Array) => tables.trieNodes.get(key) };
  const accountTrie = Trie.load(stateRoot, reader, ACCOUNT_TRIE_OWNER);
  problems.attempt("accounts", () => {
    for (const [address, account] of tables.accounts.range({})) {
      const inTrie = accountTrie.get(keccak256(hexToBytes(address)));
      const isSame = inTrie !== undefined && bytesEqual(inTrie, encodeAccount(account, account.storageRoot));
      if (!isSame) problems.add(`account ${address}: not as the trie has it`);
    }
  });
  problems.attempt("slots", () => {
    for (const [{ address, slot }, value] of tables.slots.range({})) {
      const { storageRoot } = decodeAccount(accountTrie.get(keccak256(hexToBytes(address)))!);
      const inTrie = Trie.load(storageRoot, reader, storageOwner(address)).get(keccak256(hexToBytes(slot)));
      const isSame = inTrie !== undefined && bytesEqual(inTrie, encodeRlp(bigintToMinimalBytes(value)));
      if (!isSame) problems.add(`slot ${slot} of ${address}: not as the trie has it`);
    }
  });
  for (const [codeHash, code] of tables.codes.range({})) {
    problems.expect("codes: a hash", codeHash, keccak256Hex(code));
  }
  return counts;
}

function verifyTries(tables: ChainTables, stateRoot: Hash, problems: Problems): StateCounts {
  const nodes = new NodeCounter(tables, problems);
  let accounts = 0;
  let slots = 0;
  nodes.walk(stateRoot, ACCOUNT_TRIE_OWNER, "account trie", (owner, value) => {
    const { account, storageRoot } = decodeAccount(value);
    accounts += 1;
    nodes.walk(storageRoot, owner, `storage trie of ${bytesToHex(owner)}`, () => {
      slots += 1;
    });
    if (account.codeHash !== EMPTY_CODE_HASH && !tables.codes.has(account.codeHash)) {
      problems.add(`account with key ${bytesToHex(owner)}: its code ${account.codeHash} is missing`);
    }
  });
  problems.expect("trieNodes: their number", countEntries(tables.trieNodes), nodes.count);
  return { accounts, slots };
}
