import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { systemHost } from "../system/index.ts";
import { measureSpace } from "./measureSpace.ts";

let nowMs = 0;
const clock = { nowMs: () => nowMs };
const query = async () => ({ rows: [{ size: "5000" }], affected: undefined });

function directory(): string {
  const dataDir = mkdtempSync(join(tmpdir(), "trellis-space-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  return dataDir;
}

it("COST-6: the embedded database fills the volume of the data directory", async () => {
  const dataDir = directory();
  mkdirSync(join(dataDir, "a/b"), { recursive: true });
  writeFileSync(join(dataDir, "a/b/one"), new Uint8Array(1_000));
  writeFileSync(join(dataDir, "two"), new Uint8Array(500));
  symlinkSync("/", join(dataDir, "elsewhere"));
  const place = () => ({ dataDir, databaseMax: "" as const });
  const space = measureSpace(place, { database: { kind: "pglite", query }, host: systemHost, clock });
  const { storedBytes, usedBytes, capacityBytes } = await space();
  expect(storedBytes).toBeGreaterThanOrEqual(1_500);
  expect(storedBytes).toBeLessThan(2_000);
  expect(usedBytes).toBeGreaterThan(0);
  expect(capacityBytes).toBeGreaterThan(usedBytes);
  writeFileSync(join(dataDir, "three"), new Uint8Array(10_000));
  expect((await space()).storedBytes).toBe(storedBytes);
  nowMs += 300_000;
  expect((await space()).storedBytes).toBe(storedBytes + 10_000);
  nowMs -= 1;
  rmSync(join(dataDir, "three"));
  expect((await space()).storedBytes).toBe(storedBytes);
});

it("COST-6: a directory of another user, such as lost+found, counts as empty", async () => {
  const dataDir = directory();
  chmodSync(dataDir, 0o755);
  writeFileSync(join(dataDir, "one"), new Uint8Array(1_000));
  mkdirSync(join(dataDir, "lost+found"), { mode: 0 });
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    const place = () => ({ dataDir, databaseMax: "" as const });
    const space = measureSpace(place, { database: { kind: "pglite", query }, host: systemHost, clock });
    nowMs += 300_000;
    expect((await space()).storedBytes).toBeGreaterThanOrEqual(1_000);
  } finally {
    if (root) process.seteuid?.(0);
  }
});

it("COST-6: PostgreSQL fills the space of the setting, if there is one", async () => {
  let databaseMax: number | "" = "";
  const place = () => ({ dataDir: "/nowhere", databaseMax });
  const space = measureSpace(place, { database: { kind: "postgres", query }, host: systemHost, clock });
  const size = { storedBytes: 5_000, usedBytes: 5_000 };
  expect(await space()).toEqual({ ...size, capacityBytes: undefined });
  databaseMax = 9_000;
  nowMs += 300_000;
  expect(await space()).toEqual({ ...size, capacityBytes: 9_000 });
});
