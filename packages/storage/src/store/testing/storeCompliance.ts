import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KEY_SIZE_MAX } from "../checkKeys.ts";
import type { KeyRange, KeyReader, KeyValueStore, WriteOperation } from "../KeyValueStore.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const put = (key: Uint8Array, value: Uint8Array): WriteOperation => ({ kind: "put", key, value });
const remove = (key: Uint8Array): WriteOperation => ({ kind: "delete", key });
const entriesIn = (reader: KeyReader, range: KeyRange = {}): [Hex, Hex][] =>
  [...reader.range(range)].map(([key, value]) => [bytesToHex(key), bytesToHex(value)]);
const closed = expect.objectContaining({ code: "STORE_CLOSED" });

export function describeStore(name: string, open: () => Promise<KeyValueStore>): void {
  describe(name, () => {
    let store: KeyValueStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    describeReading(() => store);
    describeWriting(() => store);
    describeSnapshots(() => store);
    describeClosing(() => store);
    describeModel(() => store);
  });
}

function describeReading(store: () => KeyValueStore): void {
  it("returns what was written, and nothing else", async () => {
    await store().write([put(bytes(1), bytes(10)), put(bytes(1, 0), bytes())]);
    expect(store().get(bytes(1))).toEqual(bytes(10));
    expect(store().get(bytes(1, 0))).toEqual(bytes());
    expect(store().has(bytes(1, 0))).toBe(true);
    for (const absent of [bytes(0), bytes(2), bytes(1, 0, 0), bytes()]) {
      expect(store().get(absent)).toBeUndefined();
      expect(store().has(absent)).toBe(false);
    }
  });

  it("returns bytes that later reads and writes do not change", async () => {
    const sizes = [0, 1, 32, 4_000, 40_000, 400_000, 4_000_000];
    const written = sizes.map((size, index) => put(bytes(index), new Uint8Array(size).fill(index + 1)));
    await store().write(written);
    const read = sizes.map((_, index) => store().get(bytes(index))!);
    const walked = [...store().range({})];
    await store().write(sizes.map((size, index) => put(bytes(index), new Uint8Array(size).fill(99))));
    for (const index of sizes.keys()) store().get(bytes(index));
    written.forEach((operation, index) => {
      const value = operation.kind === "put" ? operation.value : undefined;
      expect(Buffer.compare(read[index]!, value!)).toBe(0);
      expect(Buffer.compare(walked[index]![1], value!)).toBe(0);
    });
  });

  it("returns plain arrays, whose slices are copies", async () => {
    await store().write([put(bytes(1), bytes(5, 6))]);
    const snapshot = store().snapshot();
    for (const reader of [store(), snapshot]) {
      for (const value of [reader.get(bytes(1))!, ...[...reader.range({})].flat()]) {
        expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype);
      }
    }
    snapshot.close();
  });

  it("shares no bytes with its callers", async () => {
    const key = bytes(1);
    const value = bytes(5);
    await store().write([put(key, value)]);
    key[0] = 2;
    value[0] = 6;
    store().get(bytes(1))![0] = 7;
    for (const [walkedKey, walkedValue] of store().range({})) {
      walkedKey[0] = 8;
      walkedValue[0] = 9;
    }
    expect(entriesIn(store())).toEqual([["0x01", "0x05"]]);
  });

  it("STORE-1, STORE-4: iterates in byte order, in both directions, with bounds and a limit", async () => {
    const keys = [
      bytes(0),
      bytes(0, 0),
      bytes(0, 255),
      bytes(1),
      bytes(127),
      bytes(128),
      bytes(255),
      bytes(255, 255),
    ];
    await store().write(keys.toReversed().map((key) => put(key, key)));
    const walk = (range: KeyRange) => [...store().range(range)].map(([key]) => key);
    expect(walk({})).toEqual(keys);
    expect(walk({ isReverse: true })).toEqual(keys.toReversed());
    expect(walk({ from: bytes(0, 1), to: bytes(128) })).toEqual(keys.slice(2, 5));
    expect(walk({ from: bytes(0, 255), to: bytes(128), isReverse: true })).toEqual(
      keys.slice(2, 5).toReversed(),
    );
    expect(walk({ from: bytes(127), countMax: 2 })).toEqual(keys.slice(4, 6));
    expect(walk({ to: bytes(127), isReverse: true, countMax: 2 })).toEqual([keys[3], keys[2]]);
    expect(walk({ from: bytes() })).toEqual(keys);
    for (const none of [
      { to: bytes() },
      { from: bytes(5), to: bytes(5) },
      { from: bytes(9), to: bytes(5) },
      { countMax: 0 },
    ]) {
      expect(walk(none)).toEqual([]);
      expect(walk({ ...none, isReverse: true })).toEqual([]);
    }
  });

  it("STORE-1: impossible keys are absent, and bounds may be longer than any key", async () => {
    const largest = new Uint8Array(KEY_SIZE_MAX).fill(7);
    await store().write([put(bytes(1), bytes()), put(largest, bytes()), put(bytes(9), bytes())]);
    const snapshot = store().snapshot();
    for (const reader of [store(), snapshot]) {
      for (const size of [KEY_SIZE_MAX + 1, 1978, 1979, 5000, 100_000]) {
        const longer = new Uint8Array(size).fill(7);
        expect(reader.get(longer)).toBeUndefined();
        expect(reader.has(longer)).toBe(false);
        const walk = (range: KeyRange) => [...reader.range(range)].map(([key]) => key[0]);
        expect(walk({ from: longer })).toEqual([9]);
        expect(walk({ to: longer })).toEqual([1, 7]);
        expect(walk({ from: longer, isReverse: true })).toEqual([9]);
        expect(walk({ to: longer, isReverse: true })).toEqual([7, 1]);
      }
    }
    snapshot.close();
  });

  it("STORE-4: an iteration shows the moment of its start, and may be left at any time", async () => {
    await store().write(
      Array.from({ length: 3000 }, (_, index) => put(bytes(index >> 8, index & 255), bytes(1))),
    );
    const walk = store().range({})[Symbol.iterator]();
    walk.next();
    await store().write(Array.from({ length: 3000 }, (_, index) => remove(bytes(index >> 8, index & 255))));
    await store().write([put(bytes(20), bytes(2))]);
    let count = 1;
    while (!walk.next().done) count++;
    expect(count).toBe(3000);
    for (const _ of store().range({})) break;
    expect(entriesIn(store())).toEqual([["0x14", "0x02"]]);
  });
}

function describeWriting(store: () => KeyValueStore): void {
  it("STORE-2: applies a batch in order", async () => {
    await store().write([
      put(bytes(1), bytes(1)),
      remove(bytes(1)),
      put(bytes(2), bytes(1)),
      put(bytes(2), bytes(2)),
    ]);
    expect(entriesIn(store())).toEqual([["0x02", "0x02"]]);
    await store().write([remove(bytes(2)), remove(bytes(3))]);
    expect(entriesIn(store())).toEqual([]);
    await store().write([]);
  });

  it("STORE-2: applies batches in the order of the calls", async () => {
    await Promise.all([
      store().write([put(bytes(1), bytes(1))]),
      store().write([put(bytes(1), bytes(2)), put(bytes(2), bytes(2))]),
      store().write([remove(bytes(2))]),
    ]);
    expect(entriesIn(store())).toEqual([["0x01", "0x02"]]);
    await store().flush();
  });

  it("a read just before a batch resolves does not hide the batch", async () => {
    for (let round = 0; round < 50; round++) {
      const written = store().write([put(bytes(1), bytes(round))]);
      store().get(bytes(1));
      await written;
      expect(store().get(bytes(1))).toEqual(bytes(round));
    }
  });

  it("accepts large batches", async () => {
    const key = (index: number) => bytes(index >> 16, (index >> 8) & 255, index & 255);
    await store().write(
      Array.from({ length: 30_000 }, (_, index) => put(key(index), new Uint8Array(100).fill(index))),
    );
    expect(store().get(key(29_999))).toEqual(new Uint8Array(100).fill(29_999 & 255));
    expect([...store().range({})]).toHaveLength(30_000);
  });

  it("ARGUMENT_INVALID: a key of a wrong size, and nothing of the batch is stored", async () => {
    const largest = new Uint8Array(KEY_SIZE_MAX).fill(255);
    await store().write([put(largest, bytes(1))]);
    expect(store().get(largest)).toEqual(bytes(1));
    for (const key of [bytes(), new Uint8Array(KEY_SIZE_MAX + 1)]) {
      const rule = "a key has at least one byte and at most sizeMax";
      const invalid = expect.objectContaining({
        code: "ARGUMENT_INVALID",
        facts: expect.objectContaining({ rule }),
      });
      await expect(store().write([put(bytes(1), bytes(1)), put(key, bytes(1))])).rejects.toThrow(invalid);
      await expect(store().write([put(bytes(1), bytes(1)), remove(key)])).rejects.toThrow(invalid);
    }
    expect([...store().range({})]).toHaveLength(1);
  });
}

function describeSnapshots(store: () => KeyValueStore): void {
  it("STORE-4: a snapshot never changes", async () => {
    const old = Array.from({ length: 2500 }, (_, index) => put(bytes(index >> 8, index & 255), bytes(1)));
    await store().write(old);
    const snapshot = store().snapshot();
    const before = entriesIn(store());
    await store().write([put(bytes(0, 7), bytes(2)), remove(bytes(0, 8)), put(bytes(200), bytes(3))]);
    const later = store().snapshot();
    expect(snapshot.get(bytes(0, 7))).toEqual(bytes(1));
    expect(snapshot.has(bytes(0, 8))).toBe(true);
    expect(snapshot.has(bytes(200))).toBe(false);
    expect(snapshot.get(bytes())).toBeUndefined();
    expect(entriesIn(snapshot)).toEqual(before);
    expect(entriesIn(snapshot, { isReverse: true })).toEqual(before.toReversed());
    expect(later.get(bytes(0, 7))).toEqual(bytes(2));
    expect(entriesIn(later)).toEqual(entriesIn(store()));
    snapshot.close();
    snapshot.close();
    expect(later.has(bytes(200))).toBe(true);
    later.close();
  });

  it("several iterations over one snapshot are independent", async () => {
    await store().write(
      Array.from({ length: 600 }, (_, index) => put(bytes(index >> 8, index & 255), bytes(1))),
    );
    const snapshot = store().snapshot();
    const up = snapshot.range({})[Symbol.iterator]();
    const alsoUp = snapshot.range({ from: bytes(1) })[Symbol.iterator]();
    const down = snapshot.range({ isReverse: true })[Symbol.iterator]();
    const seen: [Hex[], Hex[], Hex[]] = [[], [], []];
    for (let round = 0; round < 600; round++) {
      [up, alsoUp, down].forEach((walk, index) => {
        const next = walk.next();
        if (!next.done) seen[index]!.push(bytesToHex(next.value[0]));
      });
      snapshot.get(bytes(0, 3));
    }
    const all = entriesIn(snapshot).map(([key]) => key);
    expect(seen).toEqual([all, all.slice(256), all.toReversed()]);
    snapshot.close();
  });
}

function describeClosing(store: () => KeyValueStore): void {
  it("STORE_CLOSED", async () => {
    await store().write([put(bytes(1), bytes(1)), put(bytes(2), bytes(2))]);
    const snapshot = store().snapshot();
    const ended = store().snapshot();
    ended.close();
    expect(() => ended.get(bytes(1))).toThrow(closed);
    expect(() => [...ended.range({})]).toThrow(closed);
    const walks = [store().range({}), snapshot.range({})].map((range) => range[Symbol.iterator]());
    for (const walk of walks) walk.next();
    await store().close();
    await store().close();
    for (const walk of walks) expect(() => walk.next()).toThrow(closed);
    for (const reader of [store(), snapshot]) {
      expect(() => reader.get(bytes(1))).toThrow(closed);
      expect(() => reader.has(bytes(1))).toThrow(closed);
      expect(() => [...reader.range({})]).toThrow(closed);
    }
    expect(() => store().snapshot()).toThrow(closed);
    await expect(store().write([])).rejects.toThrow(closed);
    await expect(store().flush()).rejects.toThrow(closed);
    await expect(store().backup("nowhere")).rejects.toThrow(closed);
    snapshot.close();
  });
}

type Step =
  | { readonly do: "write"; readonly operations: readonly WriteOperation[] }
  | { readonly do: "range"; readonly range: KeyRange }
  | { readonly do: "snapshot" }
  | { readonly do: "release" };

const key = fc
  .array(fc.constantFrom(0, 1, 2, 127, 128, 255), { minLength: 1, maxLength: 3 })
  .map((list) => bytes(...list));
const value = fc.uint8Array({ maxLength: 6 });
const operation = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(key, value).map(([at, content]) => put(at, content)) },
  { weight: 1, arbitrary: key.map(remove) },
);
const range: fc.Arbitrary<KeyRange> = fc.record(
  { from: key, to: key, isReverse: fc.boolean(), countMax: fc.nat({ max: 20 }) },
  { requiredKeys: [] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      operations: fc.array(operation, { maxLength: 20 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("range" as const), range }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("snapshot" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const) }) },
);

function describeModel(store: () => KeyValueStore): void {
  it("equals a sorted map, and so do its snapshots", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const model = new Map<Hex, Hex>();
        const snapshots: {
          readonly reader: ReturnType<KeyValueStore["snapshot"]>;
          readonly model: Map<Hex, Hex>;
        }[] = [];
        await store().write(entriesIn(store()).map(([at]) => remove(hexToBytes(at))));
        for (const taken of steps) {
          if (taken.do === "write") {
            await store().write(taken.operations);
            for (const each of taken.operations) applyTo(model, each);
          } else if (taken.do === "snapshot") {
            snapshots.push({ reader: store().snapshot(), model: new Map(model) });
          } else if (taken.do === "release") snapshots.shift()?.reader.close();
          else {
            for (const view of [{ reader: store(), model }, ...snapshots]) {
              expect(entriesIn(view.reader, taken.range)).toEqual(rangeOf(view.model, taken.range));
              for (const [at, content] of view.model) {
                expect(bytesToHex(view.reader.get(hexToBytes(at))!)).toBe(content);
              }
            }
          }
        }
        for (const { reader } of snapshots) reader.close();
      }),
      { numRuns: 150 },
    );
  });
}

function applyTo(model: Map<Hex, Hex>, each: WriteOperation): void {
  if (each.kind === "put") model.set(bytesToHex(each.key), bytesToHex(each.value));
  else model.delete(bytesToHex(each.key));
}

function rangeOf(model: ReadonlyMap<Hex, Hex>, { from, to, isReverse, countMax }: KeyRange): [Hex, Hex][] {
  const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
  const inside = sorted.filter(
    ([at]) => (from === undefined || at >= bytesToHex(from)) && (to === undefined || at < bytesToHex(to)),
  );
  return (isReverse ? inside.toReversed() : inside).slice(0, countMax ?? inside.length);
}
