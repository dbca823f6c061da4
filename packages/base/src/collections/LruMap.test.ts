import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LruMap } from "../index.ts";

describe("LruMap", () => {
  it("drops what was used longest ago", () => {
    const map = new LruMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.get("a");
    map.set("c", 3);
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([1, undefined, 3]);
  });

  it("holds at most its size, whatever is set and deleted", () => {
    const operation = fc.record({
      key: fc.nat(8),
      size: fc.integer({ min: 1, max: 12 }),
      isDelete: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(operation), (operations) => {
        const map = new LruMap<number, number>(20, (size) => size);
        for (const { key, size, isDelete } of operations) {
          if (isDelete) map.delete(key);
          else map.set(key, size);
          expect(map.size).toBeLessThanOrEqual(20);
        }
        map.clear();
        expect([map.size, map.count]).toEqual([0, 0]);
      }),
    );
  });

  it("a value set again counts once", () => {
    const map = new LruMap<string, number>(10, (size) => size);
    map.set("a", 4);
    map.set("a", 6);
    expect([map.size, map.count, map.has("a")]).toEqual([6, 1, true]);
  });

  it("looking at all values uses none of them", () => {
    const map = new LruMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    expect([...map.values()]).toEqual([1, 2]);
    map.set("c", 3);
    expect([...map.values()]).toEqual([2, 3]);
  });

  it("does not keep what is larger than itself", () => {
    const map = new LruMap<string, number>(10, (size) => size);
    map.set("a", 11);
    expect([map.size, map.get("a")]).toEqual([0, undefined]);
  });

  it("keeps the newest entries whatever their size, if it is told how many", () => {
    const map = new LruMap<string, number>(10, (size) => size, 2);
    for (const name of ["a", "b", "c"]) map.set(name, 20);
    expect([map.has("a"), map.has("b"), map.has("c"), map.size]).toEqual([false, true, true, 40]);
  });
});
