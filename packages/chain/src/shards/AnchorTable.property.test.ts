import { GOVERNED, type GovernedValues } from "@trellis/contracts";
import { type Hash, ZERO_HASH } from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { AnchoredRecord, AnchoredState } from "../consensus/rules/AnchoredState.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { CommittedStore } from "../store/CommittedStore.ts";
import { CHAIN_TABLES, openChainTables } from "../store/tables.ts";
import { AnchorTable, decodeAnchorRecord, decodeOwnRow } from "./AnchorTable.ts";

const COUNT = 4;
const hashOf = (shard: number, number: number): Hash =>
  `0x${shard.toString(16).padStart(4, "0")}${number.toString(16).padStart(60, "0")}`;

/** Blocks of shard 0, with the shards that each records, and whether values change. */
const anyChain = fc.array(
  fc.record({
    recorded: fc.array(fc.integer({ min: 1, max: COUNT - 1 }), { maxLength: 3 }),
    value: fc.option(fc.nat(2)),
  }),
  { minLength: 1, maxLength: 20 },
);

function statesOf(chain: readonly { recorded: readonly number[]; value: number | null }[]): AnchoredState[] {
  const none = { height: 0, number: 0, hash: ZERO_HASH, stateRoot: ZERO_HASH, epoch: 0 };
  const records: AnchoredRecord[] = Array(COUNT).fill(none);
  let values: GovernedValues | undefined;
  return chain.map(({ recorded, value }, number) => {
    for (const shard of recorded) {
      const height = records[shard]!.height + 1;
      const hash = hashOf(shard, height);
      records[shard] = { height, number: 2 * height, hash, stateRoot: hash, epoch: Math.floor(number / 5) };
    }
    if (value !== null)
      values = Object.fromEntries(
        GOVERNED.map((name, at) => [name, BigInt(at * value)]),
      ) as unknown as GovernedValues;
    const hash = hashOf(0, number);
    const own = { height: number, number, hash, stateRoot: hash, epoch: Math.floor(number / 5) };
    return { values, records: [own, ...records.slice(1)] };
  });
}

function open() {
  const store = new CommittedStore(createMemoryStore());
  const tables = openChainTables(store);
  const change = async (act: (batch: ChainBatch, table: AnchorTable) => void): Promise<void> => {
    const batch = new ChainBatch();
    act(batch, new AnchorTable(tables, COUNT));
    await batch.commit(store);
  };
  const at = (number: number) => new AnchorTable(tables, COUNT).at(number);
  const rowCount = () => [...tables.anchors.range({})].length;
  return { change, at, rowCount };
}

it("SHARD-22: rows return the states that were put, in any order and any batches", async () => {
  await fc.assert(
    fc.asyncProperty(anyChain, fc.infiniteStream(fc.nat(1_000)), async (chain, picks) => {
      const states = statesOf(chain);
      const order = states.map((state) => [picks.next().value!, state] as const).sort(([a], [b]) => a - b);
      const { change, at } = open();
      for (let next = 0; next < order.length; ) {
        const count = 1 + (picks.next().value! % 4);
        const some = order.slice(next, next + count);
        await change((batch, table) => {
          for (const [, state] of some) table.put(batch, state);
          expect(table.has(batch, some[0]![1].records[0]!.number)).toBe(true);
        });
        next += count;
      }
      for (const [number, state] of states.entries()) expect(at(number)).toEqual(state);
      expect(at(states.length)).toBeUndefined();
    }),
    { numRuns: 200 },
  );
});

it("SHARD-22: deletion keeps what later states contain", async () => {
  await fc.assert(
    fc.asyncProperty(anyChain, fc.array(fc.nat(20), { maxLength: 4 }), async (chain, cuts) => {
      const states = statesOf(chain);
      const { change, at, rowCount } = open();
      for (const state of states) await change((batch, table) => table.put(batch, state));
      for (const cut of cuts.sort((a, b) => a - b)) {
        await change((batch, table) => table.deleteBelow(batch, cut));
        for (const [number, state] of states.entries())
          expect(at(number)).toEqual(number < cut ? undefined : state);
      }
      const kept = Math.max(0, states.length - (cuts.at(-1) ?? 0));
      const changes = chain.reduce((sum, { recorded }) => sum + new Set(recorded).size, 0);
      expect(rowCount()).toBeLessThanOrEqual(kept + changes);
      if (kept === 0) expect(rowCount()).toBeLessThan(COUNT);
    }),
    { numRuns: 200 },
  );
});

it("RLP_INVALID: any bytes that are no row", () => {
  const { anchors } = CHAIN_TABLES;
  expect(anchors.id).toBe(16);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      for (const decode of [decodeAnchorRecord, decodeOwnRow]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "RLP_INVALID" });
        }
      }
    }),
    { numRuns: 500 },
  );
});
