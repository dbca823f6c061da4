import { expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));

import { copiedAmount } from "./Amount.tsx";

it.each([
  [2_700_000_000n, 8, "27 DBTC"],
  [-1n, 8, "-0.00000001 DBTC"],
  [10n ** 26n + 1n, 18, "100000000.000000000000000001 DBTC"],
  [27n, undefined, "27 base units of DBTC"],
])(
  "what is copied of %d with %j decimals is in the unit that is shown, and in all its digits",
  (value, places, text) => {
    expect(copiedAmount(value, places, "DBTC")).toBe(text);
  },
);
