import { isTrellisError } from "@trellis/base";
import { createMemoryStore, type KeyValueStore, type WriteOperation } from "@trellis/storage";
import { beforeAll, describe, expect, it } from "vitest";
import { TestBlockBuilder } from "../chain/testing/TestBlockBuilder.ts";
import { createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import { operation } from "../chain/testing/testEvm.ts";
import { COIN, CONTRACT, minerAddress, testParameters, transfer } from "../chain/testing/testNetwork.ts";
import { CHAIN_TABLES } from "../store/tables.ts";
import { tableEntries, tableStatistics } from "./tableStatistics.ts";
import { verifyStore } from "./verifyStore.ts";

let chain: TestChain;

const OF_OTHERS: readonly string[] = [
  "missingRanges",
  "importedNodes",
  "certificates",
  "evidence",
  "setChanges",
  "overrides",
  "snapshots",
  "anchors",
  "sentMessages",
];

beforeAll(async () => {
  const parameters = testParameters({ finalityDepth: 4 });
  const builder = await TestBlockBuilder.open(parameters);
  chain = await createTestChain({ parameters, isArchive: true });
  let nonce = 0;
  const call = (...args: Parameters<typeof operation>) =>
    transfer({ from: "alice", nonce: nonce++, to: CONTRACT, data: operation(...args) });
  const code = transfer({ from: "bob", nonce: 0, to: null, data: Uint8Array.of(7, 7, 7) });
  await builder.mine({ transactions: [call("store", 1n, 5n), call("log", 9n), code] });
  const fork = builder.blocks.at(-1)!;
  const beside = await builder.mine({
    parents: [fork],
    transactions: [transfer({ from: "bob", nonce: 5 })],
  });
  const bad = await builder.mine({
    parents: [fork],
    tamper: ({ parents }) => ({ stateRoot: parents[0]! }),
    isKept: true,
  });
  const next = await builder.mineChain(2, { parents: [fork], transactions: [] });
  await builder.mine({
    parents: [next[1]!, beside, bad],
    transactions: [call("store", 2n, 6n), call("revert")],
  });
  for (let index = 0; index < 12; index++) {
    await builder.mine({
      miner: minerAddress(index % 3),
      transactions: [
        transfer({ from: "carol", nonce: index, valueWei: COIN }),
        call("store", BigInt(index % 4), BigInt(index % 3)),
      ],
    });
  }
  const left = await builder.mineChain(2, { parents: [builder.blocks.at(-1)!] });
  await builder.mineChain(3, { parents: [builder.blocks.at(-3)!], miner: minerAddress(1) });
  await chain.take(...builder.blocks.slice(1));
  expect(chain.view.isOnSelectedChain(left[1]!.hash)).toBe(false);
});

async function copyOf(store: KeyValueStore): Promise<KeyValueStore> {
  const copy = createMemoryStore();
  await copy.write([...store.range({})].map(([key, value]) => ({ kind: "put", key, value })));
  return copy;
}

function entriesOf(store: KeyValueStore, id: number): (readonly [Uint8Array, Uint8Array])[] {
  return [...store.range({ from: Uint8Array.of(id), to: Uint8Array.of(id + 1) })];
}

it("a store of a chain has no problems", async () => {
  const report = verifyStore(chain.store);
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({
    head: { number: chain.view.head().header.number, hash: chain.view.head().hash },
    base: { hash: chain.view.finalized().hash },
    blocks: chain.view.counts().blocks,
    accounts: 5 + 2 + 3 + 2,
  });
  expect(report.transactions).toBeGreaterThan(20);
  expect(report.slots).toBeGreaterThan(0);
  for (const { table, entries } of tableStatistics(chain.store))
    expect([table, entries > 0]).toEqual([table, !OF_OTHERS.includes(table)]);
});

it("nor has one that is not an archive", async () => {
  const plain = await createTestChain({ parameters: chain.view.parameters });
  await plain.take(
    ...chain.view
      .dagRange(1, 1_000, 1_000)
      .map(({ hash }) => chain.view.block(hash)!)
      .sort((a, b) => a.header.number - b.header.number || (a.hash < b.hash ? -1 : 1)),
  );
  expect(verifyStore(plain.store).problems).toEqual([]);
});

describe("finds any changed byte", () => {
  const isReason = (table: string, before: Uint8Array, index: number): boolean =>
    table === "executions" && before.length - index < 4;

  const tables = Object.entries(CHAIN_TABLES).map(([table, { id }]) => ({ table, id }));
  it.each(tables.filter(({ table }) => !OF_OTHERS.includes(table)))("$table", async ({ table, id }) => {
    const entries = entriesOf(chain.store, id);
    const store = await copyOf(chain.store);
    expect(entries.length).toBeGreaterThan(0);
    const step = Math.max(1, Math.floor(entries.length / 4));
    for (let at = 0; at < entries.length; at += step) {
      const [key, value] = entries[at]!;
      for (let byte = 0; byte < value.length; byte += Math.max(1, Math.floor(value.length / 7))) {
        if (isReason(table, value, byte)) continue;
        const changed = value.slice();
        changed[byte]! ^= 1 << (byte % 8);
        await store.write([{ kind: "put", key, value: changed }]);
        expect([table, byte, verifyStore(store).problems.length > 0]).toEqual([table, byte, true]);
        await store.write([{ kind: "put", key, value }]);
      }
      const changedKey = key.slice();
      changedKey[key.length - 1]! ^= 1;
      const neighbour = store.get(changedKey);
      const restored: WriteOperation =
        neighbour === undefined
          ? { kind: "delete", key: changedKey }
          : { kind: "put", key: changedKey, value: neighbour };
      const lost = { kind: "delete" as const, key };
      const added = { kind: "put" as const, key: changedKey, value };
      for (const [what, operations] of Object.entries({
        lost: [lost],
        added: [added],
        moved: [lost, added],
      })) {
        if (isUnseen(table, what, key)) continue;
        await store.write(operations);
        expect([table, at, what, verifyStore(store).problems.length > 0]).toEqual([table, at, what, true]);
        await store.write([restored, { kind: "put", key, value }]);
      }
    }
    expect(verifyStore(store).problems).toEqual([]);
  });

  /**
   * Execution restores a lost `disqualified` entry. Without a stored start, the history starts at the base.
   */
  function isUnseen(table: string, what: string, key: Uint8Array): boolean {
    if (table === "disqualified") return what === "lost";
    if (table === "meta")
      return (
        what === "lost" &&
        ["historyFrom", "proofsFrom"].some((name) => Buffer.from(key).toString("latin1").endsWith(name))
      );
    // Entries before the start of the history are never read.
    const isOfGenesis = what === "added" && key.at(-1) === 1 && key.at(-2) === 0;
    return isOfGenesis && ["history", "formerNodes", "replaced"].includes(table);
  }
});

it("reports a missing store as a problem without an exception", () => {
  expect(verifyStore(createMemoryStore()).problems.length).toBeGreaterThan(0);
});

describe("inspection of tables", () => {
  it("returns entries by key prefix, up to a limit", () => {
    const [first] = [...tableEntries(chain.store, "headers", "0x", 1)];
    expect([...tableEntries(chain.store, "headers", first![0].slice(0, 10), 10)]).toEqual([first]);
    expect([...tableEntries(chain.store, "dagRecords", "0x", 3)].map(([key]) => key)).toEqual(
      [0, 1, 2].map((n) => `0x${n.toString(16).padStart(16, "0")}`),
    );
  });

  it("TABLE_UNKNOWN", () => {
    const read = () => [...tableEntries(chain.store, "nonsense", "0x", 1)];
    let error: unknown;
    try {
      read();
    } catch (thrown) {
      error = thrown;
    }
    expect(isTrellisError(error, "TABLE_UNKNOWN")).toBe(true);
    expect((error as Error).message).toContain("headers");
  });
});
