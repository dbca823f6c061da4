import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileJournal } from "@trellis/chain";
import { openStore } from "@trellis/storage";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chainDirectory, forgetChain, indexDirectory, journalFile, shardDirectory } from "./dataDirectory.ts";

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "trellis-reset-"));
});

afterEach(() => rm(dataDir, { recursive: true }));

async function beginChain(): Promise<void> {
  const store = await openStore(chainDirectory(dataDir), "lmdb");
  await store.write([{ kind: "put", key: Uint8Array.of(1), value: Uint8Array.of(1) }]);
  await store.close();
  openFileJournal(journalFile(dataDir)).close();
}

describe("--reset", () => {
  it("deletes the chain and its journal and nothing else", async () => {
    await beginChain();
    await writeFile(join(dataDir, "notes.txt"), "mine");
    await forgetChain(dataDir);
    expect(existsSync(chainDirectory(dataDir))).toBe(false);
    expect(existsSync(journalFile(dataDir))).toBe(false);
    expect(existsSync(join(dataDir, "notes.txt"))).toBe(true);
  });

  it("does nothing when nothing exists", async () => {
    await forgetChain(join(dataDir, "none"));
    expect(existsSync(join(dataDir, "none"))).toBe(false);
  });

  it("RESET_REFUSED: a folder named chain with foreign files", async () => {
    await beginChain();
    await mkdir(join(chainDirectory(dataDir), "src"));
    await expect(forgetChain(dataDir)).rejects.toMatchObject({
      code: "RESET_REFUSED",
      facts: { foreign: "src" },
    });
    expect(existsSync(join(chainDirectory(dataDir), "store.lmdb"))).toBe(true);
    expect(existsSync(journalFile(dataDir))).toBe(true);
  });

  it("RESET_REFUSED: foreign files in one of the folders keep all, also shards", async () => {
    await beginChain();
    const store = await openStore(chainDirectory(shardDirectory(dataDir, 1)), "lmdb");
    await store.close();
    await mkdir(join(indexDirectory(dataDir), "src"), { recursive: true });
    await expect(forgetChain(dataDir)).rejects.toMatchObject({ code: "RESET_REFUSED" });
    expect(existsSync(chainDirectory(shardDirectory(dataDir, 1)))).toBe(true);
    expect(existsSync(chainDirectory(dataDir))).toBe(true);
  });

  it("JOURNAL_CORRUPT: a file with the journal's name that is not a journal", async () => {
    await beginChain();
    await writeFile(journalFile(dataDir), "somebody else's text");
    await expect(forgetChain(dataDir)).rejects.toMatchObject({ code: "JOURNAL_CORRUPT" });
    expect(existsSync(chainDirectory(dataDir))).toBe(true);
  });

  it("STORE_LOCKED: a chain in use", async () => {
    const store = await openStore(chainDirectory(dataDir), "lmdb");
    await expect(forgetChain(dataDir)).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await store.close();
  });
});
