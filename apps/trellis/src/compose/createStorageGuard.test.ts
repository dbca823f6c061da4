import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { createStorageGuard, measureSpace } from "./createStorageGuard.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

it("tells a shortage below 256 MiB, or 2 % of a small disk, while it lasts", () => {
  let space = { freeBytes: 256 * MIB, totalBytes: 500 * GIB };
  const shortage = createStorageGuard("/data", () => space);
  expect(shortage()).toBeUndefined();
  space = { ...space, freeBytes: 256 * MIB - 1 };
  expect(shortage()).toBe("the disk is full: 268435455 bytes free, at least 268435456 needed");
  space = { freeBytes: 2 * MIB, totalBytes: 40 * MIB };
  expect(shortage()).toBeUndefined();
  space = { ...space, freeBytes: 0 };
  expect(shortage()).toContain("0 bytes free, at least 838860 needed");
});

it("measures a real disk, and tells nothing of one that cannot be measured", () => {
  const { freeBytes, totalBytes } = measureSpace(tmpdir());
  expect(totalBytes).toBeGreaterThan(0);
  expect(freeBytes).toBeLessThanOrEqual(totalBytes);
  expect(createStorageGuard("/none/at/all")()).toBeUndefined();
});
