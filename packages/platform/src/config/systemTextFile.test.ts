import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readTextFile } from "./systemTextFile.ts";

const BYTES_MAX = 100;
const folder = mkdtempSync(join(tmpdir(), "trellis-text-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

it("reads files, also behind links, up to the limit", () => {
  writeFileSync(at("file"), "é".repeat(BYTES_MAX / 2));
  symlinkSync("file", at("link"));
  expect(readTextFile(at("link"), BYTES_MAX)).toBe("é".repeat(BYTES_MAX / 2));
  expect(() => readTextFile(at("file"), BYTES_MAX - 1)).toThrow("larger than 99 bytes");
  writeFileSync(at("file"), "");
  expect(readTextFile(at("file"), BYTES_MAX)).toBe("");
});

it("CONFIG_FILE_UNREADABLE: a pipe that nobody writes to, a device and a folder, at once", () => {
  execFileSync("mkfifo", [at("pipe")]);
  for (const file of [at("pipe"), "/dev/zero", folder])
    expect(() => readTextFile(file, BYTES_MAX)).toThrow("not a regular file");
  expect(() => readTextFile(at("missing"), BYTES_MAX)).toThrow("ENOENT");
});
