import { bytesToHex } from "@trellis/base";
import { EMPTY_BODY, type Hash, type PoolEvent, type PoolView, type Transaction } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mineMany } from "../sync/testing/testChain.ts";
import { bytesToShortId, SHORT_ID_BYTES, ShortIds, shortIdToBytes } from "../wire/shortId.ts";
import { assembleBlock, compactBlock, findTransactions } from "./compactBlock.ts";
import { KnownTransactions } from "./KnownTransactions.ts";
import { SPREAD_MS } from "./limits.ts";

const blocks = await mineMany(12, { payEvery: 1 });
const [template] = blocks;
const transactions = blocks.flatMap(({ body }) => body.transactions);

function knownOf(indexes: readonly number[], bytesMax?: number) {
  const listeners: ((event: PoolEvent) => void)[] = [];
  const pool: Pick<PoolView, "content" | "subscribe"> = {
    content: () => ({ pending: new Map(), queued: new Map() }),
    subscribe(listener) {
      listeners.push(listener);
      return () => {};
    },
  };
  let nowMs = 0;
  const known = new KnownTransactions(pool, { nowMs: () => nowMs }, bytesMax);
  for (const index of indexes) {
    const transaction = transactions[index]!;
    const pooled = { transaction, sender: "0x00", admittedAtMs: 0, isLocal: false } as const;
    for (const listener of listeners) listener({ kind: "added", transaction: pooled });
  }
  nowMs = SPREAD_MS;
  return known;
}

const indexes = fc.uniqueArray(fc.nat({ max: transactions.length - 1 }));

describe("compact block [NET-19]", () => {
  it("restores the known transactions, and lists the missing ones", () => {
    fc.assert(
      fc.property(indexes, indexes, indexes, (carried, sender, receiver) => {
        const body = { ...EMPTY_BODY, transactions: carried.map((index) => transactions[index]!) };
        const block = { ...template!, body };
        const message = compactBlock(block, knownOf(sender), "compact");
        const found = findTransactions(block.hash, message, knownOf(receiver));
        carried.forEach((index, position) => {
          const isThere = !sender.includes(index) || receiver.includes(index);
          expect(found[position]?.hash).toBe(isThere ? transactions[index]!.hash : undefined);
        });
      }),
    );
  });

  it("yields the original block or none", () => {
    const all = [...transactions.keys()];
    for (const block of blocks) {
      const message = compactBlock(block, knownOf(all), "compact");
      const found = findTransactions(block.hash, message, knownOf(all));
      expect(
        assembleBlock(
          message,
          found.map((transaction) => transaction!),
        ),
      ).toEqual(block);
      expect(assembleBlock(message, [])).toBeUndefined();
    }
  });
});

it("finds no removed transaction, and memory does not grow [NET-19]", () => {
  const known = knownOf([...transactions.keys(), 0], 3_000);
  const kept = transactions.filter(({ hash }) => known.has(hash));
  expect(kept.length).toBeLessThan(4);
  expect(known.has(transactions[0]!.hash)).toBe(true);
});

it("short-lived transactions cost a search no more than lasting ones [NET-19]", () => {
  const known = knownOf([], 3_000);
  for (let round = 0; round < 1_500; round++) known.remember(transactions);
  const kept = transactions.filter(({ hash }) => known.has(hash));
  expect(kept.length).toBeGreaterThan(1);
  const find = known.finder(template!.hash, 1_200);
  const ids = new ShortIds(template!.hash);
  expect(kept.map(({ hash }) => find(ids.of(hash))?.hash)).toEqual(kept.map(({ hash }) => hash));
});

describe("short ids [NET-19]", () => {
  const prefix = "0xabcd";
  const alike = (count: number): Transaction[] =>
    Array.from({ length: count }, (_, index) => ({
      ...transactions[0]!,
      hash: `${prefix}${index.toString(16).padStart(60, "0")}`,
    }));
  const block: Hash = `0x${"11".repeat(32)}`;
  const ids = new ShortIds(block);

  it("are six bytes and start like the hash", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), (id) => {
        const bytes = shortIdToBytes(id);
        expect(bytes).toHaveLength(SHORT_ID_BYTES);
        expect(bytesToShortId(bytes)).toBe(id);
      }),
    );
    const [transaction] = alike(1);
    expect(bytesToHex(shortIdToBytes(ids.of(transaction!.hash))).slice(0, 6)).toBe(prefix);
  });

  it("with many candidates cost one hash each, up to a limit", () => {
    const candidates = alike(20);
    const known = knownOf([]);
    known.remember(candidates);
    const found = (candidatesMax: number) => {
      const find = known.finder(block, candidatesMax);
      return candidates.filter(({ hash }) => find(ids.of(hash))?.hash === hash).length;
    };
    expect(found(20)).toBe(20);
    expect(found(8)).toBe(8);
  });

  it("are found also after the index was rebuilt without removed transactions", () => {
    const known = knownOf([], 3_000);
    const [used, letGo, ...others] = alike(1_200);
    known.remember([letGo!, used!]);
    for (const other of others) {
      known.remember([other]);
      expect(known.finder(block)(ids.of(used!.hash))).toBe(used);
    }
    expect(known.finder(block)(ids.of(letGo!.hash))).toBeUndefined();
  });

  it("of a removed and returned transaction are found", () => {
    const known = knownOf([], 3_000);
    const [first, ...others] = alike(5);
    known.remember([first!, ...others, first!]);
    expect(known.finder(block)(ids.of(first!.hash))).toBe(first);
  });
});
