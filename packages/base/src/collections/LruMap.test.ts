import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LruMap } from "../index.ts";

describe("LruMap", () => {
  it("evicts the least recently used value", () => {
    const map = new LruMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.get("a");
    map.set("c", 3);
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([1, undefined, 3]);
  });

  it("keeps the order of use, as a list does", () => {
    const operation = fc.record({ kind: fc.constantFrom("get", "set", "delete"), key: fc.nat(4) });
    fc.assert(
      fc.property(fc.array(operation), (operations) => {
        const map = new LruMap<number, number>(3);
        let used: number[] = [];
        for (const { kind, key } of operations) {
          const others = used.filter((other) => other !== key);
          const isKnown = others.length < used.length;
          if (kind === "get") expect(map.get(key)).toBe(isKnown ? key : undefined);
          else if (kind === "set") map.set(key, key);
          else map.delete(key);
          const isUsed = kind === "set" || (kind === "get" && isKnown);
          used = [...others, ...(isUsed ? [key] : [])].slice(-3);
          expect([...map.values()]).toEqual(used);
        }
      }),
    );
  });

  it("never exceeds its size", () => {
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

  it("counts a value that is set twice once", () => {
    const map = new LruMap<string, number>(10, (size) => size);
    map.set("a", 4);
    map.set("a", 6);
    expect([map.size, map.count, map.has("a")]).toEqual([6, 1, true]);
  });

  it("iteration does not count as use", () => {
    const map = new LruMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    expect([...map.values()]).toEqual([1, 2]);
    map.set("c", 3);
    expect([...map.values()]).toEqual([2, 3]);
  });

  it("does not store a value larger than itself", () => {
    const map = new LruMap<string, number>(10, (size) => size);
    map.set("a", 11);
    expect([map.size, map.get("a")]).toEqual([0, undefined]);
  });

  it("keeps the newest entries of any size, given a minimum count", () => {
    const map = new LruMap<string, number>(10, (size) => size, 2);
    for (const name of ["a", "b", "c"]) map.set(name, 20);
    expect([map.has("a"), map.has("b"), map.has("c"), map.size]).toEqual([false, true, true, 40]);
  });
});
