import { bigintToBytes, bytesToBigint, bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { type Address, decodeAccount, decodeRlp, type Hash } from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore, verifyProof, type WriteOperation } from "@trellis/storage";
import { beforeEach, describe, expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { openChainTables } from "../store/tables.ts";
import { storedSchema } from "./openChain.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import {
  contentOf,
  createTestChain,
  dumpChain,
  type TestChain,
  type TestChainOptions,
} from "./testing/testChain.ts";
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

const parameters = testParameters({ finalityDepth: 4 });
let builder: TestBlockBuilder;
let chain: TestChain;
let store: KeyValueStore;

beforeEach(async () => {
  builder = await TestBlockBuilder.open(parameters);
  for (let index = 0; index < 10; index++) {
    await builder.mine({
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
  await chain.take(...builder.blocks.slice(1));
  store = chain.store;
});

async function damage(...operations: WriteOperation[]): Promise<void> {
  await store.write(operations);
}

describe("opening a stored chain [EXEC-21]", () => {
  it("restores the chain and writes nothing", async () => {
    const before = dumpChain(chain);
    expect(dumpChain(await chain.reopen())).toEqual(before);
    expect(storedSchema(store)).toBe(2);
  });

  it("executes only the blocks above the final block again", async () => {
    const reopened = await chain.reopen();
    expect(reopened.evm.blocksRun).toBe(10 - chain.view.finalized().header.number);
  });

  it("verifies only the signatures of skipped transactions again", async () => {
    const skipped = transfer({ from: "bob", nonce: 5 });
    await chain.take(await builder.mine({ transactions: [transfer({ from: "bob", nonce: 0 }), skipped] }));
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

  it("STORE_CORRUPT: execution gives other results than at import", async () => {
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
      code: "STORE_CORRUPT",
      facts: { reason: "re-execution of a block results in another state", field: "stateRoot" },
    });
  });

  it("SCHEMA_UNSUPPORTED: data of a later version", async () => {
    const key = [...store.range({})]
      .map(([bytes]) => bytes)
      .find((bytes) => Buffer.from(bytes).includes("schema"))!;
    await damage({ kind: "put", key, value: Uint8Array.of(3) });
    await expect(chain.reopen()).rejects.toMatchObject({
      code: "SCHEMA_UNSUPPORTED",
      facts: { reason: "newer than this version" },
    });
    expect(() => storedSchema(store)).toThrow(
      expect.objectContaining({
        code: "SCHEMA_UNSUPPORTED",
        facts: expect.objectContaining({ reason: "newer than this version" }),
      }),
    );
  });

  it("SCHEMA_UNSUPPORTED: a foreign store", async () => {
    const foreign = createMemoryStore();
    await foreign.write([{ kind: "put", key: Uint8Array.of(200), value: Uint8Array.of(1) }]);
    await expect(createTestChain({ parameters, store: foreign })).rejects.toMatchObject({
      code: "SCHEMA_UNSUPPORTED",
      facts: { reason: "unknown schema" },
    });
  });

  it("STORE_CORRUPT: a required entry is missing or unreadable", async () => {
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

  it("STORE_CORRUPT: a sink that does not descend from the base state", async () => {
    const { meta } = openChainTables(store);
    await damage(meta.put("sink", hexToBytes(builder.blocks[2]!.hash)));
    await expect(chain.reopen()).rejects.toMatchObject({
      code: "STORE_CORRUPT",
      facts: { missing: "base under sink" },
    });
  });
});

describe("damage found in a store stops the chain", () => {
  it("CHAIN_STOPPED by a missing trie node", async () => {
    const reopened = await chain.reopen();
    for (const [key] of store.range({ from: Uint8Array.of(35), to: Uint8Array.of(36) })) {
      await damage({ kind: "put", key, value: Uint8Array.of(0xc0) });
    }
    const block = await builder.mine({
      transactions: [transfer({ from: "dave", nonce: 0, to: addressOf("erin") })],
    });
    await expect(reopened.importBlock(block)).rejects.toMatchObject({ code: "CHAIN_STOPPED" });
    await expect(reopened.importBlock(block)).rejects.toMatchObject({ code: "CHAIN_STOPPED" });
    expect(reopened.failure()).toBeDefined();
    expect(reopened.view.head().hash).toBe(chain.view.head().hash);
    expect(reopened.view.dagBlock(block.hash)).toBeUndefined();
  });

  it("STORE_CORRUPT: an unreadable account, missing code", async () => {
    const { accounts, codes } = openChainTables(store);
    const { codeHash } = chain.view.stateAt(chain.view.head().hash).account(CONTRACT)!;
    await damage(codes.delete(codeHash));
    const state = chain.view.stateAt(chain.view.head().hash);
    expect(() => state.code(codeHash)).toThrow(
      expect.objectContaining({ code: "STORE_CORRUPT", facts: { missing: "code", codeHash } }),
    );
    await damage({ kind: "put", key: accounts.delete(addressOf("dave")).key, value: Uint8Array.of(1) });
    expect(() => state.account(addressOf("dave"))).toThrow(
      expect.objectContaining({
        code: "STORE_CORRUPT",
        facts: { unreadable: "account", address: addressOf("dave") },
      }),
    );
    const block = await builder.mine({ transactions: [transfer({ from: "dave", nonce: 0 })] });
    await expect(chain.importBlock(block)).rejects.toMatchObject({
      code: "CHAIN_STOPPED",
      cause: { code: "STORE_CORRUPT", facts: { unreadable: "account" } },
    });
  });
});

function valueAt(of: TestChain, number: number): bigint {
  const { hash, header } = of.view.blockByNumber(number)!;
  const value = of.view.stateAt(hash).storage(CONTRACT, slotOf(1n));
  const { accountProof, storageRoot, proveSlot } = of.view.proofAt(hash, CONTRACT);
  const account = verifyProof(header.stateRoot, keccak256(hexToBytes(CONTRACT)), accountProof);
  expect(decodeAccount(account!).storageRoot).toBe(storageRoot);
  const proven = verifyProof(storageRoot, keccak256(hexToBytes(slotOf(1n))), proveSlot(slotOf(1n)).proof);
  expect(proven === undefined ? 0n : bytesToBigint(decodeRlp(proven) as Uint8Array)).toBe(value);
  return value;
}

const expectGone = (of: TestChain, number: number): void => {
  const { hash } = of.view.blockByNumber(number)!;
  const unavailable = expect.objectContaining({ code: "STATE_UNAVAILABLE" });
  expect(() => of.view.stateAt(hash)).toThrow(unavailable);
  expect(() => of.view.proofAt(hash, CONTRACT)).toThrow(unavailable);
};

describe("states below the final block [EXEC-32]", () => {
  const historyDepth = 4;
  const step = async (options: TestChainOptions, count: number): Promise<TestChain> => {
    const opened = await createTestChain({ parameters, ...options });
    const next = builder.blocks.slice(1).slice(opened.view.counts().blocks - 1);
    await opened.take(...next.slice(0, count));
    return opened;
  };
  const finalOf = (of: TestChain): number => of.view.finalized().header.number;
  const expectKept = (of: TestChain, from: number): void => {
    for (let number = Math.max(1, from); number <= finalOf(of); number++) {
      expect(valueAt(of, number)).toBe(BigInt(Math.min(number, 10)));
    }
    if (from > 0) expectGone(of, from - 1);
    expect(of.view.oldestState()).toEqual({ reads: from, proofs: from });
  };

  it("STATE_UNAVAILABLE: exactly the retained states can be read and proven", async () => {
    await builder.mineChain(10);
    const shallow = await step({ historyDepth }, 20);
    for (const of of [shallow, await shallow.reopen()]) expectKept(of, finalOf(of) - historyDepth);
    expect(verifyStore(shallow.store).problems).toEqual([]);
    expect(() => shallow.view.stateAt(slotOf(3n))).toThrow(
      expect.objectContaining({ code: "STATE_UNAVAILABLE" }),
    );
  });

  it("a move over many blocks keeps the states of the last ones", async () => {
    const together = await createTestChain({ parameters, historyDepth });
    await together.exchange.importBlocks(builder.blocks.slice(1));
    expectKept(together, finalOf(together) - historyDepth);
    expect(verifyStore(together.store).problems).toEqual([]);
  });

  it("by default keeps the last 128", async () => {
    await builder.mineChain(140, { transactions: [] });
    await chain.take(...builder.blocks.slice(11));
    const final = finalOf(chain);
    expect(final).toBeGreaterThan(140);
    const { accountProof } = chain.view.proofAt(chain.view.blockByNumber(final - 128)!.hash, CONTRACT);
    const { stateRoot } = chain.view.blockByNumber(final - 128)!.header;
    expect(verifyProof(stateRoot, keccak256(hexToBytes(CONTRACT)), accountProof)).toBeDefined();
    expectGone(chain, final - 129);
  });

  it("EXEC-17: an archive keeps all states, also after a restart", async () => {
    const archive = await step({ isArchive: true, historyDepth }, 10);
    for (const of of [archive, await archive.reopen()]) {
      expectKept(of, 0);
      expect(verifyStore(of.store).problems).toEqual([]);
    }
  });

  it("an archive that is switched on later starts with the retained states", async () => {
    await builder.mineChain(10);
    const before = await step({ historyDepth }, 12);
    const from = finalOf(before) - historyDepth;
    const late = await step({ isArchive: true, store: before.store }, 8);
    expectKept(late, from);
    expect(verifyStore(late.store).problems).toEqual([]);
  });

  it("switching an archive off deletes old states in steps", async () => {
    await builder.mineChain(30);
    const archive = await step({ isArchive: true }, 20);
    const { store } = archive;
    const listsOf = (): number => [...openChainTables(store).replaced.range({})].length;
    expect(listsOf()).toBe(finalOf(archive));
    const off = await step({ historyDepth, store }, 3);
    expectKept(off, finalOf(off) - historyDepth);
    expect(verifyStore(store).problems).toEqual([]);
    const later = await step({ historyDepth, store }, 17);
    expectKept(later, finalOf(later) - historyDepth);
    expect(listsOf()).toBe(historyDepth);
    expect(verifyStore(store).problems).toEqual([]);
    const on = await step({ isArchive: true, store }, 0);
    expectKept(on, finalOf(on) - historyDepth);
  });

  it("an older store starts at its base state; an older archive cannot prove its oldest states", async () => {
    const asBefore = async (of: TestChain, isArchive: boolean): Promise<void> => {
      const { meta, formerNodes, replaced } = openChainTables(of.store);
      await of.store.write([
        meta.put("schema", Uint8Array.of(1)),
        meta.delete("proofsFrom"),
        ...(isArchive ? [] : [meta.delete("historyFrom")]),
        ...[...formerNodes.range({})].map(([key]) => formerNodes.delete(key)),
        ...[...replaced.range({})].map(([number]) => replaced.delete(number)),
      ]);
    };
    await builder.mineChain(10);
    const plain = await step({}, 10);
    const base = finalOf(plain);
    await asBefore(plain, false);
    const archive = await step({ isArchive: true }, 10);
    await asBefore(archive, true);
    const [plainLater, archiveLater] = [
      await step({ store: plain.store }, 10),
      await step({ store: archive.store, isArchive: true }, 10),
    ];
    expectKept(plainLater, base);
    for (const of of [archiveLater, await archiveLater.reopen()]) {
      for (let number = base; number <= finalOf(of); number++) {
        expect(valueAt(of, number)).toBe(BigInt(Math.min(number, 10)));
      }
      const { hash } = of.view.blockByNumber(base - 1)!;
      expect(of.view.stateAt(hash).storage(CONTRACT, slotOf(1n))).toBe(BigInt(base - 1));
      expect(() => of.view.proofAt(hash, CONTRACT)).toThrow(
        expect.objectContaining({ code: "STATE_UNAVAILABLE" }),
      );
      expect(verifyStore(of.store).problems).toEqual([]);
    }
  });
});

it("ids, keys and the first block of a released store stay readable", () => {
  const entries = contentOf(store);
  const schemaKey = `0x01${Buffer.from("schema").toString("hex")}`;
  expect(entries.get(schemaKey)).toBe("0x02");
  const genesisRecord = entries.get(bytesToHex(bigintToBytes(4n << 64n, 9)))!;
  expect(genesisRecord.slice(0, 66)).toBe(builder.genesis.hash);
});
