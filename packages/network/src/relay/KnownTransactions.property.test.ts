import type { PoolEvent, PoolView } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mineMany } from "../sync/fixtures/testChain.ts";
import { assembleBlock, compactBlock, findTransactions } from "./compactBlock.ts";
import { KnownTransactions } from "./KnownTransactions.ts";

const blocks = await mineMany(12, { payEvery: 1 });
const [template] = blocks;
const transactions = blocks.flatMap(({ body }) => body.transactions);

/** A pool through which just these have come. */
function knownOf(indexes: readonly number[], bytesMax?: number) {
  const listeners: ((event: PoolEvent) => void)[] = [];
  const pool: Pick<PoolView, "content" | "subscribe"> = {
    content: () => ({ pending: new Map(), queued: new Map() }),
    subscribe(listener) {
      listeners.push(listener);
      return () => {};
    },
  };
  const known = new KnownTransactions(pool, bytesMax);
  for (const index of indexes) {
    const transaction = transactions[index]!;
    const pooled = { transaction, sender: "0x00", admittedAtMs: 0, isLocal: false } as const;
    for (const listener of listeners) listener({ kind: "added", transaction: pooled });
  }
  return known;
}

const indexes = fc.uniqueArray(fc.nat({ max: transactions.length - 1 }));

describe("a compact block [NET-19]", () => {
  it("gives back just what both know, and names the rest", () => {
    fc.assert(
      fc.property(indexes, indexes, indexes, (carried, sender, receiver) => {
        const body = { transactions: carried.map((index) => transactions[index]!) };
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

  it("is the block it was made of, or none", () => {
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

it("what was let go is found no more, and memory does not grow [NET-19]", () => {
  const known = knownOf([...transactions.keys(), 0], 3_000);
  const kept = transactions.filter(({ hash }) => known.has(hash));
  expect(kept.length).toBeLessThan(4);
  expect(known.has(transactions[0]!.hash)).toBe(true);
});
