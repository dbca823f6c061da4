import { createMemoryStore } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { ChainBatch } from "./ChainBatch.ts";
import { CommittedStore } from "./CommittedStore.ts";

const KEY = Uint8Array.of(1);
const VALUE = Uint8Array.of(2);
const PUT = { kind: "put", key: KEY, value: VALUE } as const;

describe("ChainBatch", () => {
  it("stores all writes at once, and then runs the follow-ups in order", async () => {
    const store = new CommittedStore(createMemoryStore());
    const batch = new ChainBatch();
    const steps: string[] = [];
    batch.add({ writes: [PUT], apply: () => steps.push(`first: ${store.get(KEY)?.[0]}`) });
    batch.onCommit(() => steps.push("second"));
    batch.onRollback(() => steps.push("back"));
    expect(store.get(KEY)).toBeUndefined();
    await batch.commit(store);
    expect(steps).toEqual(["first: 2", "second"]);
  });

  it("runs no follow-up when the store fails", async () => {
    const batch = new ChainBatch();
    let hasFollowed = false;
    batch.add({ writes: [PUT], apply: () => (hasFollowed = true) });
    const write = () => Promise.reject(new Error("the disk is gone"));
    const store = new CommittedStore({ ...createMemoryStore(), write });
    await expect(batch.commit(store)).rejects.toThrow("the disk is gone");
    expect(hasFollowed).toBe(false);
  });

  it("rolls back changes since a savepoint, newest first, and then the rest", () => {
    const batch = new ChainBatch();
    const undone: number[] = [];
    batch.onRollback(() => undone.push(1));
    const savepoint = batch.savepoint();
    batch.onRollback(() => undone.push(2));
    batch.onRollback(() => undone.push(3));
    batch.rollback(savepoint);
    expect(undone).toEqual([3, 2]);
    batch.rollback();
    expect(undone).toEqual([3, 2, 1]);
  });
});
