import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PowerLoss } from "@trellis/kit/powerLoss";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createMemoryChanges } from "./createMemoryChanges.ts";
import { openChangeFile } from "./systemChangeFile.ts";
import { changeStoreSuite } from "./testing/changeStoreSuite.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-changes-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const nextFile = (): string => join(folder, `${++count}.jsonl`);
const change = (value: unknown) => ({ key: "a", value, by: "user:ann", reason: "a busy day" });

describe("changes in memory", () => {
  changeStoreSuite(async () => createMemoryChanges(), false);

  it("serves the newest 1,000 changes, and the values of all", async () => {
    const store = createMemoryChanges();
    await store.append({ ...change(1), key: "first" }, 1);
    for (let value = 0; value < 1_000; value++) await store.append(change(value), 1);
    const served = await store.history(undefined, undefined, 2_000);
    expect([served.length, served.at(-1)?.version]).toEqual([1_000, 2]);
    expect((await store.latest()).values.get("first")).toBe(1);
  });
});

describe("file of changes", () => {
  changeStoreSuite(async (name) => openChangeFile(join(folder, name)));

  it("only its owner can read it", async () => {
    const file = nextFile();
    await openChangeFile(file).append(change(1), 1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("ignores an incomplete last line, at any byte, and replaces it with the next change", async () => {
    const [file, torn] = [nextFile(), nextFile()];
    const store = openChangeFile(file);
    await store.append(change("whole"), 1);
    const { length: whole } = readFileSync(file);
    await store.append(change("half 🦀"), 2);
    const bytes = readFileSync(file);
    for (let size = whole; size < bytes.length; size++) {
      writeFileSync(torn, bytes.subarray(0, size));
      const again = openChangeFile(torn);
      expect((await again.latest()).version).toBe(1);
      await again.append(change("next"), 3);
      expect((await openChangeFile(torn).latest()).values.get("a")).toBe("next");
    }
  });

  it("a confirmed change survives a power loss", async () => {
    const own = mkdtempSync(join(folder, "own-"));
    const disk = await PowerLoss.watch(own);
    try {
      for (const value of [1, 2, 3]) {
        await openChangeFile(join(own, "settings.jsonl")).append(change(value), 1);
        disk.cut();
        const { version, values } = await openChangeFile(join(own, "settings.jsonl")).latest();
        expect([version, values.get("a")]).toEqual([value, value]);
      }
    } finally {
      disk.end();
    }
  });

  it.each([
    ["not JSON", "{"],
    ["unknown member", '{"version":1,"key":"a","by":"","reason":"","timeMs":1,"x":1}'],
    ["gap", '{"version":2,"key":"a","by":"","reason":"","timeMs":1}'],
    ["empty line", ""],
  ])("DYNAMIC_STORE_FAILED: %s", (_, line) => {
    const file = nextFile();
    writeFileSync(file, `${line}\n`);
    const failed = { code: "DYNAMIC_STORE_FAILED", facts: expect.objectContaining({ path: file, line: 1 }) };
    expect(() => openChangeFile(file)).toThrow(expect.objectContaining(failed));
  });

  it("DYNAMIC_STORE_FAILED: a change that cannot be written does not count", async () => {
    const store = openChangeFile(join(folder, "missing", "settings.jsonl"));
    await expect(store.append(change(1), 1)).rejects.toMatchObject({ code: "DYNAMIC_STORE_FAILED" });
    expect((await store.latest()).version).toBe(0);
  });

  it("any file opens, or fails with a code", () => {
    const file = nextFile();
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('{"version":1,"key":"a","value":1,"by":"","reason":"","timeMs":1}', "\n"),
    );
    fc.assert(
      fc.property(fc.array(text), (parts) => {
        writeFileSync(file, "");
        for (const part of parts) appendFileSync(file, part);
        try {
          openChangeFile(file);
        } catch (error) {
          expect(error).toMatchObject({ code: "DYNAMIC_STORE_FAILED" });
        }
      }),
    );
  });
});
