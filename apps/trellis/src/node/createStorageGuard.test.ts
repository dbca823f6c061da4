import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { createStorageGuard, measureSpace } from "./createStorageGuard.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

it("reports a shortage below 256 MiB, or 2 % of a small disk, while it lasts", () => {
  let space = { freeBytes: 256 * MIB, totalBytes: 500 * GIB };
  let now = 0;
  const guard = createStorageGuard(
    "/data",
    () => space,
    () => now,
  );
  const shortage = () => {
    now += 100;
    return guard();
  };
  expect(shortage()).toBeUndefined();
  space = { ...space, freeBytes: 256 * MIB - 1 };
  expect(shortage()).toBe("the disk is full: 268435455 bytes free, at least 268435456 needed");
  space = { freeBytes: 2 * MIB, totalBytes: 40 * MIB };
  expect(shortage()).toBeUndefined();
  space = { ...space, freeBytes: 0 };
  expect(shortage()).toContain("0 bytes free, at least 838860 needed");
});

it("reads the disk at most ten times a second", () => {
  const looks = { count: 0 };
  let now = 0;
  const shortage = createStorageGuard(
    "/data",
    () => {
      looks.count++;
      return { freeBytes: 0, totalBytes: GIB };
    },
    () => now,
  );
  for (; now < 1_000; now++) expect(shortage()).toContain("0 bytes free");
  expect(looks.count).toBe(10);
});

it("measures a real disk, and reports nothing for a disk that cannot be measured", () => {
  const { freeBytes, totalBytes } = measureSpace(tmpdir());
  expect(totalBytes).toBeGreaterThan(0);
  expect(freeBytes).toBeLessThanOrEqual(totalBytes);
  expect(createStorageGuard("/none/at/all")()).toBeUndefined();
});
