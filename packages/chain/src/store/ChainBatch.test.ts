import { createMemoryStore, type KeyReader, openTables, textCodec, uintCodec } from "@trellis/storage";
import { beforeEach, describe, expect, it } from "vitest";
import { createFaultyStore, FAULTS } from "../chain/testing/faultyStore.ts";
import { ChainBatch } from "./ChainBatch.ts";
import { CommittedStore } from "./CommittedStore.ts";

const DEFINITIONS = {
  names: { id: 1, key: uintCodec, value: textCodec },
  numbers: { id: 2, key: textCodec, value: uintCodec },
};
const open = (store: KeyReader) => openTables(DEFINITIONS, store);

let store: CommittedStore;
let batch: ChainBatch;
let tables: ReturnType<typeof open>;
beforeEach(async () => {
  store = new CommittedStore(createMemoryStore());
  tables = open(store);
  const first = new ChainBatch();
  first.put(tables.names, 1, "one");
  await first.commit(store);
  batch = new ChainBatch();
});

describe("reads through the batch see its changes", () => {
  it("puts and deletions, the last of each key", async () => {
    batch.put(tables.names, 2, "two");
    batch.put(tables.names, 3, "three");
    batch.delete(tables.names, 3);
    batch.delete(tables.names, 1);
    const seen = () => [1, 2, 3].map((key) => batch.get(tables.names, key));
    expect(seen()).toEqual([undefined, "two", undefined]);
    expect([1, 2, 3].map((key) => batch.added(tables.names, key))).toEqual([undefined, "two", undefined]);
    expect([batch.addedCount(tables.names), batch.addedCount(tables.numbers)]).toEqual([1, 0]);
    expect([...tables.names.range({})]).toEqual([[1, "one"]]);
    await batch.commit(store);
    expect([...tables.names.range({})]).toEqual([[2, "two"]]);
  });

  it("tables with equal keys are separate", () => {
    batch.put(tables.numbers, "a", 7);
    expect(batch.get(tables.numbers, "a")).toBe(7);
    expect(batch.get(tables.names, 1)).toBe("one");
    expect(batch.added(tables.names, 1)).toBeUndefined();
  });
});

describe("rollback", () => {
  it("reverts changes since a savepoint, newest first, and then the rest", async () => {
    const undone: number[] = [];
    batch.onRollback(() => undone.push(1));
    batch.put(tables.names, 1, "first");
    const savepoint = batch.savepoint();
    batch.put(tables.names, 1, "second");
    batch.onRollback(() => undone.push(2));
    batch.delete(tables.names, 1);
    batch.put(tables.names, 2, "two");
    batch.write([tables.names.put(3, "three")]);
    batch.onCommit(() => undone.push(3));
    batch.rollback(savepoint);
    expect(undone).toEqual([2]);
    expect([1, 2].map((key) => batch.get(tables.names, key))).toEqual(["first", undefined]);
    batch.rollback();
    expect(undone).toEqual([2, 1]);
    expect(batch.get(tables.names, 1)).toBe("one");
    await batch.commit(store);
    expect([...tables.names.range({})]).toEqual([[1, "one"]]);
  });
});

describe("commit", () => {
  it("EXEC-23: other readers see the batch from the step in which its hooks run", async () => {
    const under = createMemoryStore();
    const steps: string[] = [];
    const note = (step: string) => steps.push(`${step}: ${[...tables.names.range({})].length}`);
    store = new CommittedStore({
      ...under,
      async write(operations) {
        await under.write(operations);
        note("stored");
      },
    });
    tables = open(store);
    batch.put(tables.names, 1, "one");
    batch.write([tables.names.put(2, "two")]);
    batch.onCommit(() => note("first hook"));
    batch.onCommit(() => note("second hook"));
    batch.onRollback(() => note("rolled back"));
    const committed = batch.commit(store);
    note("begun");
    await committed;
    expect(steps).toEqual(["begun: 0", "stored: 0", "first hook: 2", "second hook: 2"]);
  });

  it.each(FAULTS)(
    "%s, at every write in turn: stores all or nothing, and readers see whole batches",
    async (fault) => {
      const size = 3;
      for (let n = 1; n <= 4; n++) {
        const faulty = createFaultyStore(n, fault);
        store = new CommittedStore(faulty);
        tables = open(store);
        let count = 0;
        const play = async (): Promise<void> => {
          for (let round = 0; round < 4; round++) {
            const next = new ChainBatch();
            for (let key = 0; key < size; key++) next.put(tables.names, round * size + key, `${round}`);
            next.onCommit(() => count++);
            await next.commit(store);
          }
        };
        await Promise.race([play().catch(() => {}), faulty.died]);
        expect(count).toBe(n - 1);
        expect([...tables.names.range({})]).toHaveLength(size * count);
        const isStored = fault === "unacknowledged" || fault === "died after";
        expect([...open(faulty.under).names.range({})]).toHaveLength(size * (isStored ? n : count));
      }
    },
  );
});
