import { bigintToBytes, bytesToHex, hexToBytes } from "@trellis/base";
import type { Address, Hash } from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore, type WriteOperation } from "@trellis/storage";
import { beforeEach, describe, expect, it } from "vitest";
import { storedSchema } from "./openStages.ts";
import { openChainTables } from "./tables.ts";
import { contentOf, createTestChain, photograph, type TestChain } from "./testing/testChain.ts";
import { createTestEvm, operation } from "./testing/testEvm.ts";
import {
  addressOf,
  COIN,
  CONTRACT,
  recoverSenders,
  slotOf,
  testParameters,
  transfer,
} from "./testing/testNetwork.ts";
import { Workshop } from "./testing/Workshop.ts";

const parameters = testParameters({ finalityDepth: 4 });
let workshop: Workshop;
let chain: TestChain;
let store: KeyValueStore;

beforeEach(async () => {
  workshop = await Workshop.open(parameters);
  for (let index = 0; index < 10; index++) {
    await workshop.mine({
      transactions: [
        transfer({ from: "alice", nonce: 2 * index, valueWei: COIN }),
        transfer({
          from: "alice",
          nonce: 2 * index + 1,
          to: CONTRACT,
          data: operation("store", 1n, BigInt(index + 1)),
        }),
      ],
    });
  }
  chain = await createTestChain({ parameters });
  await chain.take(...workshop.blocks.slice(1));
  store = chain.store;
});

/** Removes or replaces entries behind the chain's back. */
async function damage(...operations: WriteOperation[]): Promise<void> {
  await store.write(operations);
}

describe("opening a stored chain [EXEC-21]", () => {
  it("gives what was there, and writes nothing", async () => {
    const before = photograph(chain);
    expect(photograph(await chain.reopen())).toEqual(before);
    expect(storedSchema(store)).toBe(1);
  });

  it("executes the blocks above the final one again, and only these", async () => {
    const reopened = await chain.reopen();
    expect(reopened.evm.blocksRun).toBe(10 - chain.view.finalized().header.number);
  });

  it("checks no signature again, but those of what was skipped", async () => {
    const skipped = transfer({ from: "bob", nonce: 5 });
    await chain.take(await workshop.mine({ transactions: [transfer({ from: "bob", nonce: 0 }), skipped] }));
    const recovered: Hash[] = [];
    await createTestChain({
      parameters,
      store,
      ports: {
        async recoverSenders(transactions) {
          recovered.push(...transactions.map(({ hash }) => hash));
          return recoverSenders(transactions);
        },
      },
    });
    expect(recovered).toContain(skipped.hash);
    expect(recovered).toHaveLength(2);
  });

  it("GENESIS_MISMATCH: the data directory holds another network's chain", async () => {
    const other = testParameters({ finalityDepth: 4, baseFeeGenesis: 12_345n });
    const before = contentOf(store);
    await expect(createTestChain({ parameters: other, store })).rejects.toMatchObject({
      code: "GENESIS_MISMATCH",
    });
    expect(contentOf(store)).toEqual(before);
  });

  it("STATE_ROOT_LOST: an engine that gives other results than when the blocks were taken", async () => {
    const evm = createTestEvm();
    const { runBlock } = evm;
    const differing = {
      ...evm,
      async runBlock(...input: Parameters<typeof runBlock>) {
        const result = await runBlock(...input);
        const accounts = new Map(result.changes.accounts).set(`0x${"77".repeat(20)}` as Address, undefined);
        accounts.set(addressOf("erin"), { nonce: 0n, balance: 1n, codeHash: slotOf(0n) });
        return { ...result, changes: { ...result.changes, accounts } };
      },
    };
    await expect(createTestChain({ parameters, store, evm: differing })).rejects.toMatchObject({
      code: "STATE_ROOT_LOST",
      facts: { field: "stateRoot" },
    });
  });

  it("SCHEMA_NEWER: the data of a later version", async () => {
    const key = [...store.range({})]
      .map(([bytes]) => bytes)
      .find((bytes) => Buffer.from(bytes).includes("schema"))!;
    await damage({ kind: "put", key, value: Uint8Array.of(2) });
    await expect(chain.reopen()).rejects.toMatchObject({ code: "SCHEMA_NEWER" });
    expect(() => storedSchema(store)).toThrow(expect.objectContaining({ code: "SCHEMA_NEWER" }));
  });

  it("SCHEMA_UNKNOWN: a store of something else", async () => {
    const foreign = createMemoryStore();
    await foreign.write([{ kind: "put", key: Uint8Array.of(200), value: Uint8Array.of(1) }]);
    await expect(createTestChain({ parameters, store: foreign })).rejects.toMatchObject({
      code: "SCHEMA_UNKNOWN",
    });
  });

  it("STORE_DAMAGED: an entry that the chain stands on is missing or unreadable", async () => {
    const tables = openChainTables(store);
    const head = chain.view.head();
    const undo = (operation: WriteOperation): WriteOperation => ({
      kind: "put",
      key: operation.key,
      value: store.get(operation.key)!,
    });
    const { key: executionKey } = tables.executions.delete(chain.view.finalized().hash);
    const damages: WriteOperation[] = [
      tables.meta.delete("base"),
      tables.meta.delete("sink"),
      tables.meta.put("sink", hexToBytes(slotOf(5n))),
      tables.headers.delete(head.hash),
      tables.bodies.delete(head.hash),
      tables.executions.delete(chain.view.finalized().hash),
      { kind: "put", key: executionKey, value: Uint8Array.of(1, 2, 3) },
      { kind: "put", key: tables.headers.delete(head.hash).key, value: Uint8Array.of(0xc0) },
    ];
    for (const operation of damages) {
      const repair = undo(operation);
      await damage(operation);
      await expect(chain.reopen()).rejects.toMatchObject({ consequence: "fatal" });
      await damage(repair);
    }
    await chain.reopen();
  });

  it("STORE_DAMAGED: a sink that does not stand on the base", async () => {
    const { meta } = openChainTables(store);
    await damage(meta.put("sink", hexToBytes(workshop.blocks[2]!.hash)));
    await expect(chain.reopen()).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  });
});

describe("a store that turns out to be damaged stops the chain", () => {
  it("CHAIN_STOPPED by a trie node that is not there", async () => {
    const reopened = await chain.reopen();
    for (const [key] of store.range({ from: Uint8Array.of(35), to: Uint8Array.of(36) })) {
      await damage({ kind: "put", key, value: Uint8Array.of(0xc0) });
    }
    const block = await workshop.mine({
      transactions: [transfer({ from: "dave", nonce: 0, to: addressOf("erin") })],
    });
    await expect(reopened.importBlock(block)).rejects.toMatchObject({ code: "CHAIN_STOPPED" });
    await expect(reopened.importBlock(block)).rejects.toMatchObject({ code: "CHAIN_STOPPED" });
    expect(reopened.failure()).toBeDefined();
    expect(reopened.view.head().hash).toBe(chain.view.head().hash);
    expect(reopened.view.dagBlock(block.hash)).toBeUndefined();
  });

  it("STATE_CORRUPT: an account that cannot be read, code that is missing", async () => {
    const { accounts, codes } = openChainTables(store);
    const { codeHash } = chain.view.stateAt(chain.view.head().hash).account(CONTRACT)!;
    await damage(codes.delete(codeHash));
    const state = chain.view.stateAt(chain.view.head().hash);
    expect(() => state.code(codeHash)).toThrow(expect.objectContaining({ code: "STATE_CORRUPT" }));
    await damage({ kind: "put", key: accounts.delete(addressOf("dave")).key, value: Uint8Array.of(1) });
    expect(() => state.account(addressOf("dave"))).toThrow(
      expect.objectContaining({ code: "STATE_CORRUPT" }),
    );
    const block = await workshop.mine({ transactions: [transfer({ from: "dave", nonce: 0 })] });
    await expect(chain.importBlock(block)).rejects.toMatchObject({
      code: "CHAIN_STOPPED",
      cause: { code: "STATE_CORRUPT" },
    });
  });
});

describe("archive [EXEC-17]", () => {
  const valueAt = (of: TestChain, number: number): bigint =>
    of.view.stateAt(of.view.blockByNumber(number)!.hash).storage(CONTRACT, slotOf(1n));

  it("STATE_UNAVAILABLE: without one, states under the final block are gone", () => {
    const final = chain.view.finalized().header.number;
    expect(valueAt(chain, final)).toBe(BigInt(final));
    expect(() => valueAt(chain, final - 1)).toThrow(expect.objectContaining({ code: "STATE_UNAVAILABLE" }));
    expect(() => chain.view.proofAt(workshop.genesis.hash, CONTRACT)).toThrow(
      expect.objectContaining({ code: "STATE_UNAVAILABLE" }),
    );
    expect(() => chain.view.stateAt(slotOf(3n))).toThrow(
      expect.objectContaining({ code: "STATE_UNAVAILABLE" }),
    );
  });

  it("with one, every state of the selected chain can be read, also after a restart", async () => {
    const archive = await createTestChain({ parameters, isArchive: true });
    await archive.take(...workshop.blocks.slice(1));
    for (const of of [archive, await archive.reopen()]) {
      for (let number = 0; number <= 10; number++) expect(valueAt(of, number)).toBe(BigInt(number));
    }
  });

  it("one that was switched on late knows what came since, and no more", async () => {
    const late = await createTestChain({ parameters, isArchive: true, store });
    const from = late.view.finalized().header.number;
    await late.take(...(await workshop.mineChain(6)));
    expect(late.view.finalized().header.number).toBe(from + 6);
    expect(valueAt(late, from)).toBe(BigInt(from));
    expect(() => valueAt(late, from - 1)).toThrow(expect.objectContaining({ code: "STATE_UNAVAILABLE" }));
  });

  it("one that was switched off in between does not know what came before the gap", async () => {
    const step = async (isArchive: boolean, on: KeyValueStore): Promise<TestChain> => {
      const opened = await createTestChain({ parameters, isArchive, store: on });
      const next = workshop.blocks.slice(1).slice(opened.view.counts().blocks - 1);
      await opened.take(...next.slice(0, 5));
      return opened;
    };
    await workshop.mineChain(10);
    const fresh = createMemoryStore();
    await step(true, fresh);
    await step(true, fresh);
    await step(false, fresh);
    const last = await step(true, fresh);
    const final = last.view.finalized().header.number;
    expect(last.view.head().header.number).toBe(20);
    expect(valueAt(last, final - 3)).toBe(10n);
    expect(() => valueAt(last, 4)).toThrow(expect.objectContaining({ code: "STATE_UNAVAILABLE" }));
  });
});

it("what is stored stays readable: ids, keys and the first block are as they were released", () => {
  const entries = contentOf(store);
  const schemaKey = `0x01${Buffer.from("schema").toString("hex")}`;
  expect(entries.get(schemaKey)).toBe("0x01");
  const genesisRecord = entries.get(bytesToHex(bigintToBytes(4n << 64n, 9)))!;
  expect(genesisRecord.slice(0, 66)).toBe(workshop.genesis.hash);
});
