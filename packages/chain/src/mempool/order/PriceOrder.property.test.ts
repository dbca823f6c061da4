import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEntry, type Entry, effectiveTip } from "../Entry.ts";
import { testAddress, transfer } from "../testing/testPool.ts";
import { PriceOrder } from "./PriceOrder.ts";
import { type Before, createSlot, highestPriceFirst, lowestPriceFirst, type Slot } from "./Slot.ts";

const fees = fc.record({ tip: fc.nat(40), slack: fc.nat(60), rank: fc.nat(1) });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ slot: fc.nat(19), fees: fc.option(fees, { freq: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ baseFee: fc.nat(80) }) },
);

let sequence = 0;

function entryOf({ tip, slack }: { readonly tip: number; readonly slack: number }): Entry {
  sequence += 1;
  const signed = transfer({ sender: testAddress(1), nonce: 0, tip, cap: tip + slack });
  return createEntry(signed, { isLocal: false, admittedAtMs: 0, sequence });
}

function sorted(slots: readonly Slot<number>[], baseFee: number, before: Before): Entry[] {
  return slots
    .filter(({ entry }) => entry !== undefined)
    .map(({ entry, rank }) => ({
      entry: entry!,
      rank,
      price: Number(effectiveTip(entry!.transaction, BigInt(baseFee))),
      sequence: entry!.sequence,
    }))
    .sort((a, b) => (before(a, b) ? -1 : 1))
    .map(({ entry }) => entry);
}

function walked(order: PriceOrder<number>): Entry[] {
  const entries: Entry[] = [];
  const walk = order.walk();
  for (let next = walk.next(); next !== undefined; next = walk.next()) entries.push(next.entry);
  return entries;
}

describe("PriceOrder", () => {
  it.each([
    ["lowest price first", lowestPriceFirst],
    ["highest price first", highestPriceFirst],
  ])("iterates %s like a sorted list while slots and base fee change", (_, before) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const slots = Array.from({ length: 20 }, (_, index) => createSlot(index));
        const order = new PriceOrder<number>(before, 20n);
        let baseFee = 20;
        for (const change of steps) {
          if ("baseFee" in change) {
            baseFee = change.baseFee;
            order.setBaseFee(BigInt(baseFee));
          } else {
            const entry = change.fees === null ? undefined : entryOf(change.fees);
            order.place(slots[change.slot]!, entry, change.fees?.rank ?? 0);
          }
          expect(walked(order)).toEqual(sorted(slots, baseFee, before));
          expect(order.count).toBe(slots.filter(({ entry }) => entry !== undefined).length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("orders fees beyond 2^53 as doubles without loss or omission", () => {
    const order = new PriceOrder<number>(highestPriceFirst, 7n);
    const huge = 2n ** 255n;
    for (const [index, tip] of [1n, huge, huge + 1n, 2n ** 60n].entries()) {
      const signed = transfer({ sender: testAddress(1), nonce: 0, tip, cap: huge * 2n - 1n });
      order.place(
        createSlot(index),
        createEntry(signed, { isLocal: false, admittedAtMs: 0, sequence: index }),
        0,
      );
    }
    expect(walked(order).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 0]);
  });
});
