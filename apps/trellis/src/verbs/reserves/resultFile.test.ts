import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reservesErrors } from "@trellis/reserves/service/errors";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeResultFile } from "./resultFile.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-result-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* brokenOff(chunkCount: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < chunkCount; sent += 1) yield new Uint8Array([1, 2, 3]);
  throw reservesErrors.RESERVES_JOB_FAILED();
}

it("keeps the old file until the result is complete, and leaves no temporary file", async () => {
  const file = join(folder, "audit.jsonl");
  expect(await writeResultFile(file, "one\n")).toBe(4);
  for (const chunkCount of [0, 1]) {
    const broken = writeResultFile(file, brokenOff(chunkCount));
    await expect(broken).rejects.toMatchObject({ code: "RESERVES_JOB_FAILED" });
    expect(await readdir(folder)).toEqual(["audit.jsonl"]);
  }
  expect(readFileSync(file, "utf8")).toBe("one\n");
  expect(await writeResultFile(file, new Uint8Array(2))).toBe(2);
  expect([statSync(file).size, statSync(file).mode & 0o777]).toEqual([2, 0o600]);
  expect(readdirSync(folder)).toEqual(["audit.jsonl"]);
});

it("follows a symbolic link, and writes directly to a device", async () => {
  const [file, link] = [join(folder, "file"), join(folder, "link")];
  await writeResultFile(file, "one");
  symlinkSync(file, link);
  await writeResultFile(link, "two");
  expect(readFileSync(file, "utf8")).toBe("two");
  await writeResultFile("/dev/null", "three");
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

it("FILE_UNWRITABLE: a missing folder, or a folder of this name", async () => {
  mkdirSync(join(folder, "a"));
  for (const file of [join(folder, "none", "x"), join(folder, "a")])
    await expect(writeResultFile(file, "text"), file).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      facts: { what: "result", file, reason: expect.stringMatching(/^E(NOENT|ISDIR)/) },
    });
});
