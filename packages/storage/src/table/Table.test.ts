import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryStore } from "../store/createMemoryStore.ts";
import type { KeyValueStore } from "../store/KeyValueStore.ts";
import { bytesCodec, hexCodec, textCodec, uintCodec } from "./codecs.ts";
import { openTables, type TableDefinition } from "./Table.ts";

const definitions = {
  names: { id: 1, key: textCodec, value: textCodec } satisfies TableDefinition<string, string>,
  numbers: { id: 2, key: uintCodec, value: hexCodec } satisfies TableDefinition<number, `0x${string}`>,
  last: { id: 254, key: bytesCodec, value: uintCodec } satisfies TableDefinition<Uint8Array, number>,
};
let store: KeyValueStore;
beforeEach(() => {
  store = createMemoryStore();
});

it("tables of one store are separate", async () => {
  const { names, numbers, last } = openTables(definitions, store);
  const all = new Uint8Array(4).fill(255);
  await store.write([names.put("a", "b"), numbers.put(1, "0x01"), last.put(all, 7)]);
  expect([...names.range({})]).toEqual([["a", "b"]]);
  expect([...numbers.range({})]).toEqual([[1, "0x01"]]);
  expect([...last.range({})]).toEqual([[all, 7]]);
  expect(names.get("a")).toBe("b");
  expect(names.get("b")).toBeUndefined();
  expect([names.has("a"), names.has("b")]).toEqual([true, false]);
  await store.write([names.delete("a")]);
  expect(names.has("a")).toBe(false);
});

it("numbers are iterated in order, with bounds", async () => {
  const { numbers } = openTables(definitions, store);
  const written = [0, 1, 255, 256, 65_536, 2 ** 40, Number.MAX_SAFE_INTEGER];
  await store.write(written.map((number) => numbers.put(number, "0xaa")));
  const walk = (range: Parameters<typeof numbers.range>[0]) => [...numbers.range(range)].map(([key]) => key);
  expect(walk({})).toEqual(written);
  expect(walk({ from: 255, to: 65_536 })).toEqual([255, 256]);
  expect(walk({ isReverse: true, countMax: 2 })).toEqual(written.slice(-2).toReversed());
});

it("a table reads a snapshot as well", async () => {
  const { names } = openTables(definitions, store);
  await store.write([names.put("a", "old")]);
  const snapshot = store.snapshot();
  await store.write([names.put("a", "new")]);
  expect(names.in(snapshot).get("a")).toBe("old");
  expect(names.get("a")).toBe("new");
});

it("changes become operations; a slow codec encodes in steps", async () => {
  const { names } = openTables(definitions, store);
  const slow = {
    ...textCodec,
    *encodeInSteps(value: string) {
      yield;
      return textCodec.encode(value);
    },
  };
  const changes = [
    ["a", "1"],
    ["b", undefined],
  ] as const;
  const expected = [names.put("a", "1"), names.delete("b")];
  const stepsOf = (steps: ReturnType<typeof names.operations>) => {
    let count = 0;
    for (let step = steps.next(); ; step = steps.next(), count++) {
      if (step.done === true) return { count, operations: step.value };
    }
  };
  expect(stepsOf(names.operations(changes))).toEqual({ count: 0, operations: expected });
  const { slowNames } = openTables({ slowNames: { ...definitions.names, value: slow } }, store);
  expect(stepsOf(slowNames.operations(changes))).toEqual({ count: 1, operations: expected });
});

describe("table ids", () => {
  const table = (id: number) => ({ id, key: bytesCodec, value: bytesCodec });

  it("ARGUMENT_INVALID: an id used by another table or a retired one", () => {
    const rule = "ids are permanent: no two tables share one";
    const taken = { code: "ARGUMENT_INVALID", facts: expect.objectContaining({ rule }) };
    const open = (retired: number[]) => openTables({ a: table(1), b: table(2) }, store, retired);
    expect(() => openTables({ a: table(1), b: table(1) }, store)).toThrow(
      expect.objectContaining({ ...taken, facts: { rule, id: 1, table: "b", other: "a" } }),
    );
    expect(() => open([3, 2])).toThrow(expect.objectContaining(taken));
    expect(Object.keys(open([3]))).toEqual(["a", "b"]);
  });

  it.each([0, 255, -1, 1.5, Number.NaN])("ARGUMENT_INVALID: the id %d", (id) => {
    expect(() => openTables({ a: table(id) }, store)).toThrow(
      expect.objectContaining({
        code: "ARGUMENT_INVALID",
        facts: { rule: "a table's id is a whole number from 1 to 254", id, table: "a" },
      }),
    );
  });
});
