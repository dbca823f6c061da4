import { expect, it } from "vitest";
import { RESTORE_TARGET, restoreTarget } from "./restoreTarget.ts";

it("reads times, positions, transactions and restore points", () => {
  expect(restoreTarget("")).toBeUndefined();
  expect(restoreTarget("2026-11-25T09:30:00.5Z")).toEqual({ kind: "time", ms: 1_795_599_000_500 });
  expect(restoreTarget("lsn:1/16B3748")).toEqual({ kind: "lsn", lsn: 2 ** 32 + 0x16b3748 });
  expect(restoreTarget("xid:7631")).toEqual({ kind: "xid", xid: 7_631 });
  expect(restoreTarget("name:before: upgrade")).toEqual({ kind: "name", name: "before: upgrade" });
});

it.each([
  "yesterday",
  "2026-11-25",
  "lsn:",
  "lsn:16B3748",
  "xid:x",
  "xid:",
  "name:",
  `name:${"n".repeat(64)}`,
])("refuses %s", (text) => {
  expect(text).not.toMatch(RESTORE_TARGET);
});
