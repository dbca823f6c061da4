import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PowerLoss } from "@trellis/kit/powerLoss";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeRecord, MAGIC } from "./frames.ts";
import type { Journal } from "./Journal.ts";
import { openFileJournal } from "./systemFileJournal.ts";
import { createMemoryJournal } from "./testing/createMemoryJournal.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "trellis-journal-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const path = () => join(directory, "local.journal");
const bytes = (...values: number[]) => Uint8Array.from(values);

describe.each<[string, () => Journal]>([
  ["memory", createMemoryJournal],
  ["file", () => openFileJournal(path())],
])("journal (%s)", (_, create) => {
  it("returns appended records in order", () => {
    const journal = create();
    expect(journal.load()).toEqual([]);
    journal.append(bytes(1, 2));
    journal.append(bytes());
    journal.append(bytes(3));
    expect(journal.load()).toEqual([bytes(1, 2), bytes(), bytes(3)]);
  });

  it("is replaced by a rewrite, and continues from there", () => {
    const journal = create();
    journal.append(bytes(1));
    journal.rewrite([bytes(7), bytes(8)]);
    journal.append(bytes(9));
    expect(journal.load()).toEqual([bytes(7), bytes(8), bytes(9)]);
    journal.rewrite([]);
    expect(journal.load()).toEqual([]);
  });

  it("keeps its own copy", () => {
    const journal = create();
    const encoded = bytes(1);
    journal.append(encoded);
    encoded[0] = 9;
    journal.load()[0]![0] = 8;
    expect(journal.load()).toEqual([bytes(1)]);
  });
});

describe("openFileJournal", () => {
  it("restores its records after a restart", () => {
    const first = openFileJournal(path());
    first.append(bytes(1));
    first.rewrite([bytes(2)]);
    first.append(bytes(3));
    first.close();
    const second = openFileJournal(path());
    expect(second.load()).toEqual([bytes(2), bytes(3)]);
    second.close();
  });

  it("rewritten records survive a power loss", async () => {
    const disk = await PowerLoss.watch(directory);
    try {
      for (const value of [1, 2]) {
        const journal = openFileJournal(path());
        journal.rewrite([bytes(value), bytes(7)]);
        journal.close();
        disk.cut();
        const next = openFileJournal(path());
        expect(next.load()).toEqual([bytes(value), bytes(7)]);
        next.close();
      }
    } finally {
      disk.end();
    }
  });

  it("cuts off a torn tail, so that later records are readable", () => {
    writeFileSync(
      path(),
      Buffer.concat([MAGIC, encodeRecord(bytes(1)), encodeRecord(bytes(2)).subarray(0, -1)]),
    );
    const journal = openFileJournal(path());
    journal.append(bytes(3));
    expect(journal.load()).toEqual([bytes(1), bytes(3)]);
    journal.close();
  });

  it("accepts a file whose first write was cut off", () => {
    writeFileSync(path(), MAGIC.subarray(0, 3));
    const journal = openFileJournal(path());
    journal.append(bytes(3));
    expect(journal.load()).toEqual([bytes(3)]);
    journal.close();
  });

  it("JOURNAL_CORRUPT leaves the file unchanged", () => {
    const journal = openFileJournal(path());
    journal.append(bytes(1, 2, 3));
    journal.append(bytes(4));
    journal.close();
    const contents = readFileSync(path());
    contents[MAGIC.length + 12] = 99;
    writeFileSync(path(), contents);
    expect(() => openFileJournal(path())).toThrow(
      expect.objectContaining({ code: "JOURNAL_CORRUPT", facts: expect.objectContaining({ offset: 8 }) }),
    );
    expect(readFileSync(path())).toEqual(contents);
  });

  it("JOURNAL_CORRUPT when the file is damaged while open", () => {
    const journal = openFileJournal(path());
    appendFileSync(path(), "something that is no record");
    expect(() => journal.load()).toThrow(expect.objectContaining({ code: "JOURNAL_CORRUPT" }));
    journal.close();
  });

  it("JOURNAL_UNAVAILABLE", () => {
    const missing = join(directory, "missing", "local.journal");
    expect(() => openFileJournal(missing)).toThrow(
      expect.objectContaining({ code: "JOURNAL_UNAVAILABLE", facts: { path: missing } }),
    );
    const journal = openFileJournal(path());
    journal.append(bytes(1));
    mkdirSync(`${path()}.next`);
    expect(() => journal.rewrite([bytes(2)])).toThrow(
      expect.objectContaining({ code: "JOURNAL_UNAVAILABLE" }),
    );
    expect(journal.load()).toEqual([bytes(1)]);
    journal.close();
    expect(() => journal.append(bytes(2))).toThrow(expect.objectContaining({ code: "JOURNAL_UNAVAILABLE" }));
  });

  it("writes nothing after it is closed, not even to a file with the same descriptor", () => {
    const journal = openFileJournal(path());
    journal.append(bytes(1));
    journal.close();
    const other = join(directory, "other");
    const file = openSync(other, "w+");
    for (const write of [() => journal.append(bytes(2)), () => journal.rewrite([]), () => journal.load()]) {
      expect(write).toThrow(expect.objectContaining({ code: "JOURNAL_UNAVAILABLE" }));
    }
    closeSync(file);
    expect(readFileSync(other).length).toBe(0);
    const next = openFileJournal(path());
    expect(next.load()).toEqual([bytes(1)]);
    next.close();
  });

  it("is readable by its owner only", () => {
    openFileJournal(path()).close();
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });
});
