import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ForkBlock } from "./ForkReader.ts";
import { readForkRecord, writeForkRecord } from "./forkRecord.ts";

const BLOCK: ForkBlock = {
  chainId: 1,
  number: 23_000_000,
  hash: `0x${"ab".repeat(32)}`,
  stateRoot: `0x${"cd".repeat(32)}`,
  timestampMs: 1_700_000_000_000,
  baseFee: 123n,
};

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-fork-"));
  file = join(folder, "devnet", "fork.json");
});
afterEach(() => rm(folder, { recursive: true }));

it.each([123n, undefined])("keeps a block with base fee %s", (baseFee) => {
  expect(readForkRecord(file)).toBeUndefined();
  writeForkRecord(file, { ...BLOCK, baseFee });
  expect(readForkRecord(file)).toEqual({ ...BLOCK, baseFee });
});

it("FILE_UNREADABLE: anything else", () => {
  writeForkRecord(file, BLOCK);
  const value = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .constantFrom(...Object.keys(BLOCK))
      .map((field) => JSON.stringify({ ...BLOCK, baseFee: "1", [field]: {} })),
  );
  fc.assert(
    fc.property(value, (text) => {
      writeFileSync(file, text);
      expect(() => readForkRecord(file)).toThrow(expect.objectContaining({ code: "FILE_UNREADABLE" }));
    }),
    { numRuns: 200 },
  );
});
