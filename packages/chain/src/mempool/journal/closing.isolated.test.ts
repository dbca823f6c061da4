import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openFileJournal } from "./systemFileJournal.ts";

// On Linux a failed close frees the descriptor, which may be reused at once.

vi.mock("node:fs", { spy: true });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "trellis-journal-"));
});
afterEach(() => {
  vi.mocked(closeSync).mockReset();
  rmSync(directory, { recursive: true, force: true });
});

const path = () => join(directory, "local.journal");
const bytes = (...values: number[]) => Uint8Array.from(values);
const unavailable = expect.objectContaining({ code: "JOURNAL_UNAVAILABLE" });

async function failToClose(failing: number): Promise<number[]> {
  const { closeSync: close } = await vi.importActual<typeof import("node:fs")>("node:fs");
  const closed: number[] = [];
  vi.mocked(closeSync).mockImplementation((file) => {
    const isFirst = !closed.includes(file);
    closed.push(file);
    close(file);
    if (isFirst && file === failing) throw Object.assign(new Error("EIO: i/o error, close"), { code: "EIO" });
  });
  return closed;
}

const opened = (): number => vi.mocked(openSync).mock.results.at(-1)!.value as number;

it("JOURNAL_UNAVAILABLE: a file that fails to close is neither closed nor written again", async () => {
  const journal = openFileJournal(path());
  const file = opened();
  const closed = await failToClose(file);
  expect(() => journal.close()).toThrow(unavailable);
  expect(() => journal.close()).toThrow(unavailable);
  expect(() => journal.append(bytes(1))).toThrow(unavailable);
  expect(closed).toEqual([file]);
});

it("JOURNAL_UNAVAILABLE: continues with the new file when the old one fails to close", async () => {
  const journal = openFileJournal(path());
  const file = opened();
  const closed = await failToClose(file);
  expect(() => journal.rewrite([bytes(1), bytes(2)])).toThrow(unavailable);
  journal.append(bytes(3));
  expect(journal.load()).toEqual([bytes(1), bytes(2), bytes(3)]);
  journal.close();
  expect(closed.filter((number) => number === file)).toHaveLength(1);
  const next = openFileJournal(path());
  expect(next.load()).toEqual([bytes(1), bytes(2), bytes(3)]);
  next.close();
});
