import { expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));

import type { IndexStatusJson } from "../live/chainTypes.ts";
import { indexGapText } from "./IndexGap.tsx";

const WHOLE: IndexStatusJson = { from: "0x0", number: "0x3e8", head: "0x3e8", failure: null };

it.each<readonly [string, Partial<IndexStatusJson>, string | undefined]>([
  ["whole", {}, undefined],
  ["a moment behind", { head: "0x3ea" }, undefined],
  [
    "behind",
    { number: "0x7", head: "0x2710" },
    "The node's index is at block 7 of 10\u202f000, and later data may be missing.",
  ],
  [
    "not begun",
    { number: null, head: "0x64" },
    "The node's index is at block 0 of 100, and later data may be missing.",
  ],
  ["pruned", { from: "0x1f4" }, "The node's index may lack data before block 500."],
  [
    "failed, of a pruned chain",
    { from: "0x1f4", head: "0x270f", failure: "the disk is full" },
    "The node's index stopped at block 1\u202f000 and lacks later data; it may lack data before block 500.",
  ],
])("an index that is %s", (_, status, said) => {
  expect(indexGapText({ ...WHOLE, ...status })).toBe(said);
});
