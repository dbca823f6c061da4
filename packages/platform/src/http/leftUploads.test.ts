import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { removeLeftUploads } from "./systemUpload.ts";

const directory = mkdtempSync(join(tmpdir(), "trellis-left-"));
afterAll(() => rmSync(directory, { recursive: true }));

it("deletes upload files left by killed processes, and nothing else", async () => {
  const at = (name: string, seconds: number): string => {
    const folder = join(directory, name);
    mkdirSync(folder);
    writeFileSync(join(folder, "body"), "x");
    utimesSync(folder, seconds, seconds);
    return folder;
  };
  const [old, recent, other] = [at("trellis-upload-a", 10), at("trellis-upload-b", 100), at("mine", 10)];
  const link = join(directory, "trellis-upload-c");
  symlinkSync(other, link);
  expect(await removeLeftUploads(50_000, true, directory)).toBe(1);
  expect(existsSync(old)).toBe(true);
  expect(await removeLeftUploads(50_000, false, directory)).toBe(1);
  expect([old, recent, other, link].map((path) => existsSync(path))).toEqual([false, true, true, true]);
});
