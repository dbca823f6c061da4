import { afterEach, expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
});

import type { TokenJson, TransferJson } from "../../live/chainTypes.ts";
import { queries } from "../../live/node.ts";
import { shownAlone } from "../../ui/testing/drawAlone.tsx";
import { TokenBalance } from "../address/AddressPage.tsx";
import { TransferAmount } from "./TransferTable.tsx";

const TOKEN = `0x${"70".repeat(20)}` as const;
const HOLDER = `0x${"a1".repeat(20)}` as const;
const ONE = 10n ** 18n;
const UNITS = "1\u202f000\u202f000\u202f000\u202f000\u202f000\u202f000 base units";

afterEach(() => queries.clear());

function token(standard: string, decimals: number | null): TokenJson {
  return { address: TOKEN, standard, name: null, symbol: "T", decimals, firstBlock: "0x1" };
}

function amountOf(described: TokenJson | undefined, amount: bigint, tokenId: `0x${string}` | null): string {
  if (described !== undefined) queries.setQueryData(["trellis_getToken", [TOKEN]], described);
  const transfer = { token: TOKEN, amount: `0x${amount.toString(16)}`, tokenId } as unknown as TransferJson;
  return shownAlone(<TransferAmount transfer={transfer} />).replaceAll(/<[^>]*>/g, "");
}

it("a transfer is in whole units where the token tells its decimals, else in base units", () => {
  expect(amountOf(undefined, ONE, null)).toMatch(/^… /);
  expect(amountOf(token("erc20", 18), ONE, null)).toBe("1 T");
  expect(amountOf(token("erc20", null), ONE, null)).toBe(`${UNITS} of T`);
  expect(amountOf(token("erc721", null), 1n, "0x7")).toBe("1 × #7 T");
});

it.each([
  ["erc20", 18, ONE, "1"],
  ["erc20", null, ONE, UNITS],
  ["erc721", null, 3n, "3"],
])("a balance of %s with %j decimals", (standard, decimals, balance, text) => {
  const data = `0x70a08231${HOLDER.slice(2).padStart(64, "0")}`;
  const key = ["live", "eth_call", [{ to: TOKEN, data }, "latest"]];
  queries.setQueryData(key, `0x${balance.toString(16).padStart(64, "0")}`);
  const shown = shownAlone(<TokenBalance token={token(standard, decimals)} holder={HOLDER} />);
  expect(shown.replaceAll(/<[^>]*>/g, "")).toBe(text);
});
