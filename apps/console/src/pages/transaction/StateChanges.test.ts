import { expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));

import { balanceChangeText } from "./StateChanges.tsx";

const COIN = 10n ** 18n;

it.each([
  [10_000n * COIN, 10_000n * COIN - 147_000n, "10\u202f000 → 9\u202f999.999999 coins (−147\u202f000 wei)"],
  [COIN, COIN + 1n, "1 → 1 coins (+1 wei)"],
  [0n, COIN / 2n, "0 → 0.5 coins (+0.5 coins)"],
])("a balance of %d that is %d", (before, after, text) => {
  expect(balanceChangeText(before, after)).toBe(text);
});
