import { cpSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "@trellis/backup";
import { afterEach, beforeEach, expect, it } from "vitest";
import { proveInThread } from "./proveInThread.ts";
import { proveRestored } from "./proveRestored.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-prove-"));
});
afterEach(() => rm(folder, { recursive: true }));

const CHAIN: Manifest = {
  format: 1,
  id: "20261125T000000Z-00000000",
  atMs: 1,
  endedMs: 2,
  release: "0.1.0",
  addedBytes: 0,
  parts: [{ name: "chain", kind: "lmdb", bytes: 0, files: 0, list: [], contents: [] }],
};
const { signal } = new AbortController();

it("returns the proofs", async () => {
  expect(await proveInThread({ ...CHAIN, parts: [] }, folder, signal)).toEqual([]);
});

it("fails like proveRestored", async () => {
  await mkdir(join(folder, "chain"));
  await writeFile(join(folder, "chain", "store.lmdb"), Buffer.alloc(65_536, 7));
  const copy = `${folder}/copy`;
  cpSync(join(folder, "chain"), join(copy, "chain"), { recursive: true });
  const expected = await proveRestored(CHAIN, copy).catch((error: unknown) => error);
  expect(expected).toMatchObject({ code: expect.any(String) });
  const { code, hint, consequence } = expected as { code: string; hint: string; consequence: string };
  await expect(proveInThread(CHAIN, folder, signal)).rejects.toMatchObject({ code, hint, consequence });
});

it("ends when it is aborted", async () => {
  const aborter = new AbortController();
  const proving = proveInThread(CHAIN, folder, aborter.signal);
  aborter.abort(new Error("stop"));
  await expect(proving).rejects.toThrow("stop");
  await expect(proveInThread(CHAIN, folder, aborter.signal)).rejects.toThrow("stop");
});
