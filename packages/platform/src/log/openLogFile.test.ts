import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestTime } from "../http/testing/TestTime.ts";
import { type LogFileOptions, openLogFile } from "./openLogFile.ts";

let folder: string;
let otherwise: string[];
let time: TestTime;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-log-"));
  otherwise = [];
  time = new TestTime(Date.now());
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(change: Partial<LogFileOptions> = {}) {
  const options = { path: join(folder, "logs", "a.log"), sizeMax: 100, ageMaxMs: 60_000, keptMax: 3 };
  return openLogFile(
    { ...options, ...change },
    { clock: time, otherwise: { write: (line) => otherwise.push(line) } },
  );
}

const names = (): string[] => readdirSync(join(folder, "logs")).sort();
const text = (name: string): string => {
  const bytes = readFileSync(join(folder, "logs", name));
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
};
const line = (count: number): string => `${String(count).padStart(3, "0")} ${"x".repeat(35)}\n`;

describe("log file", () => {
  it("is rotated by size and compressed, and the oldest are deleted; no line is lost or split", async () => {
    const file = open();
    for (let count = 0; count < 12; count++) {
      time.move(1);
      file.write(line(count));
    }
    await file.close();
    const all = names();
    expect(all).toHaveLength(4);
    expect(all.slice(1).every((name) => /^a\.log\.\d{4}-\d\d-\d\dT.*Z\.gz$/.test(name))).toBe(true);
    const kept = [...all.slice(1), "a.log"].map(text).join("");
    expect(kept).toBe([4, 5, 6, 7, 8, 9, 10, 11].map(line).join(""));
    expect(statSync(join(folder, "logs", "a.log")).mode & 0o777).toBe(0o640);
  });

  it("is reopened when another program has moved it", () => {
    const file = open();
    file.write("before\n");
    renameSync(join(folder, "logs", "a.log"), join(folder, "logs", "moved"));
    file.write("between\n");
    file.reopen();
    file.write("after\n");
    expect(text("moved")).toBe("before\nbetween\n");
    expect(text("a.log")).toBe("after\n");
  });

  it("CONFIG_INVALID_VALUE: keeps the old file when the path cannot be opened", () => {
    const file = open();
    renameSync(join(folder, "logs", "a.log"), join(folder, "logs", "moved"));
    mkdirSync(join(folder, "logs", "a.log"));
    expect(() => file.reopen()).toThrow(expect.objectContaining({ code: "CONFIG_INVALID_VALUE" }));
    file.write("still there\n");
    expect(text("moved")).toBe("still there\n");
  });

  it("follows a changed rotation", async () => {
    const file = open({ sizeMax: 1_000, keptMax: 9 });
    for (let count = 0; count < 4; count++) file.write(line(count));
    file.setRotation({ sizeMax: 5, ageMaxMs: 60_000, keptMax: 1 });
    for (let count = 4; count < 7; count++) {
      time.move(1);
      file.write(line(count));
    }
    await file.close();
    expect(names().map(text)).toEqual([line(6), line(5)]);
  });

  it("is rotated by age", async () => {
    const file = open();
    file.write("old\n");
    time.move(61_000);
    file.write("new\n");
    await file.close();
    expect(names()).toHaveLength(2);
    expect(text("a.log")).toBe("new\n");
  });

  it("files rotated within one millisecond have different names", async () => {
    const file = open({ sizeMax: 5 });
    for (let count = 0; count < 4; count++) file.write(line(count));
    await file.close();
    expect(
      names()
        .filter((name) => name.endsWith(".gz"))
        .map(text)
        .join(""),
    ).toBe([0, 1, 2].map(line).join(""));
  });

  it("continues an existing file, and compresses files left by a crash", async () => {
    mkdirSync(join(folder, "logs"));
    writeFileSync(join(folder, "logs", "a.log"), "before\n");
    writeFileSync(join(folder, "logs", "a.log.2026-01-01"), "left\n");
    writeFileSync(join(folder, "logs", "a.log.2026-01-01.gz.part"), "half");
    const file = open();
    file.write("after\n");
    await file.close();
    expect(names()).toEqual(["a.log", "a.log.2026-01-01.gz"]);
    expect(text("a.log")).toBe("before\nafter\n");
    expect(text("a.log.2026-01-01.gz")).toBe("left\n");
  });

  it("CONFIG_INVALID_VALUE", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => open({ path: join(folder, "file", "a.log") })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID_VALUE" }),
    );
  });

  it("redirects lines that cannot be written", async () => {
    const file = open({ sizeMax: 5 });
    file.write("first\n");
    rmSync(join(folder, "logs"), { recursive: true });
    file.write("second\n");
    expect(otherwise).toEqual(["second\n"]);
  });
});
