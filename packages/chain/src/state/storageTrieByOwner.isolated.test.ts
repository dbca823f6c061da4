import { bigintToBytes, bytesToHex } from "@trellis/base";
import * as crypto from "@trellis/crypto";
import { type Address, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, type Hash, ZERO_HASH } from "@trellis/protocol";
import { createMemoryStore, openTables } from "@trellis/storage";
import { expect, it, vi } from "vitest";
import { ChainBatch } from "../store/ChainBatch.ts";
import { CommittedStore } from "../store/CommittedStore.ts";
import { STATE_TABLES } from "../store/stateTables.ts";
import { storageOwner } from "./BaseState.ts";
import { StateStore } from "./StateStore.ts";

vi.mock("@trellis/crypto", { spy: true });

const CONTRACTS = 500;
const hashOf = (number: number): Hash => bytesToHex(bigintToBytes(BigInt(number), 32));
const addressOf = (number: number): Address => bytesToHex(bigintToBytes(BigInt(number), 20));

it("EXEC-15: finds a storage trie by its owner without hashing changes of the layers", async () => {
  const store = new CommittedStore(createMemoryStore());
  const states = new StateStore({}, openTables(STATE_TABLES, store), ZERO_HASH, EMPTY_TRIE_ROOT);
  const account = { nonce: 1n, balance: 0n, codeHash: EMPTY_CODE_HASH };
  const add = (number: number, value: bigint): void => {
    const storage = new Map(
      Array.from(
        { length: CONTRACTS },
        (_, at) => [addressOf(at + 1), new Map([[ZERO_HASH, value]])] as const,
      ),
    );
    const accounts = new Map([...storage.keys()].map((address) => [address, account]));
    const changes = { accounts, storage, storageCleared: new Set<Address>(), codes: new Map() };
    states.attach(hashOf(number), states.derive(hashOf(number - 1), number, changes));
  };
  add(1, 7n);
  add(2, 8n);
  const owner = bytesToHex(storageOwner(addressOf(9)));
  const expectRoots = (blocks: readonly number[]): void => {
    for (const block of blocks) {
      const { storageRoot } = states.account(hashOf(block), addressOf(9))!;
      expect(states.storageTrieByOwner(hashOf(block), owner).rootHash()).toBe(storageRoot);
    }
  };
  expectRoots([1, 2]);
  vi.mocked(crypto.keccak256).mockClear();
  states.storageTrieByOwner(hashOf(2), owner);
  states.storageTrieByOwner(hashOf(2), hashOf(5));
  expect(vi.mocked(crypto.keccak256).mock.calls.length).toBeLessThan(10);
  const batch = new ChainBatch();
  states.flatten(batch, hashOf(1));
  await batch.commit(store);
  expectRoots([1, 2]);
  states.detach(hashOf(2));
  expectRoots([1]);
});
