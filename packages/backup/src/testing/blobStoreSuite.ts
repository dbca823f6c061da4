import { systemRandom } from "@trellis/platform/system";
import { describe, expect, it } from "vitest";
import type { BlobStore } from "../repository/BlobStore.ts";

const ODD_NAMES = [
  "a",
  "b.c",
  "d-e/f.g/h-",
  `0/${"x".repeat(200)}`,
  "packs/ab/cd.ef",
  "packs/ab-/0",
  "packs-/1",
];
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();

/** @param open an empty store each time */
export function blobStoreSuite(name: string, open: () => Promise<BlobStore>): void {
  describe(`blobs: ${name}`, () => {
    it("BACKUP-16: returns what was put last, and nothing for other names", async () => {
      const store = await open();
      expect(await store.get("catalog")).toBeUndefined();
      for (const value of ["first", "a longer second", ""]) {
        await store.put("catalog", Buffer.from(value));
        expect(text(await store.get("catalog"))).toBe(value);
      }
      expect(await store.get("cat")).toBeUndefined();
    });

    it("BACKUP-16: keeps large blobs byte by byte", async () => {
      const store = await open();
      const large = systemRandom.bytes(20 << 20);
      await store.put("packs/00/large", large);
      expect(Buffer.compare((await store.get("packs/00/large"))!, large)).toBe(0);
      expect(await listed(store, "")).toEqual(["packs/00/large"]);
    });

    it("BACKUP-16: lists the names with a prefix", async () => {
      const store = await open();
      for (const odd of ODD_NAMES) await store.put(odd, Buffer.of(1));
      const expected = (prefix: string): string[] => ODD_NAMES.filter((odd) => odd.startsWith(prefix)).sort();
      for (const prefix of ["", "packs/", "packs", "packs/ab", "packs/ab/", "d-e/f", "none", "none/"])
        expect(await listed(store, prefix), prefix).toEqual(expected(prefix));
    });

    it("BACKUP-16: deletes, also what is not there", async () => {
      const store = await open();
      await store.put("locks/a", Buffer.from("a"));
      await store.put("locks/b", Buffer.from("b"));
      for (const name of ["locks/a", "locks/a", "none", "none/x"]) await store.delete(name);
      expect(await store.get("locks/a")).toBeUndefined();
      expect(await listed(store, "")).toEqual(["locks/b"]);
    });

    it("BACKUP-16: takes concurrent puts of one name and of many", async () => {
      const store = await open();
      const values = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000));
      await Promise.all(values.map((value) => store.put("catalog", Buffer.from(value))));
      expect(values).toContain(text(await store.get("catalog")));
      await Promise.all(values.map((value, index) => store.put(`backups/${index}`, Buffer.from(value))));
      for (const [index, value] of values.entries())
        expect(text(await store.get(`backups/${index}`))).toBe(value);
    });

    it("BACKUP-16: lists more blobs than a page has", async () => {
      const store = await open();
      const names = Array.from({ length: 1_050 }, (_, index) => `indexes/${String(index).padStart(5, "0")}`);
      for (let start = 0; start < names.length; start += 50)
        await Promise.all(names.slice(start, start + 50).map((one) => store.put(one, Buffer.of(1))));
      expect(await listed(store, "indexes/")).toEqual(names);
    });
  });
}

async function listed(store: BlobStore, prefix: string): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).sort();
}
