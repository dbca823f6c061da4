import { expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
  const content = JSON.stringify({ parts: ["arbitrage"], isDevelopment: false });
  vi.stubGlobal("document", { querySelector: () => ({ content }) });
});

import { queries } from "../../live/node.ts";
import { shownAlone } from "../../ui/testing/drawAlone.tsx";
import { PriceText } from "./MarketPage.tsx";
import { questionOf, TokenAmount } from "./tokens.tsx";

const TOKEN = `0x${"70".repeat(20)}` as const;

const says = (symbol: string | null, decimals: number | null) =>
  queries.setQueryData(questionOf(TOKEN).queryKey, { symbol, decimals });

it("an amount is in the unit that the service tells of the token", () => {
  says("USDC", 6);
  const shown = shownAlone(<TokenAmount token={TOKEN} amount="-1500000" isSigned />);
  expect(shown).toContain("−1.5 USDC");
});

it("a name that would be a script, or long, is text of a few letters", () => {
  says("<script>alert('token')</script>".repeat(100), 6);
  const shown = shownAlone(<TokenAmount token={TOKEN} amount="1" />);
  expect(shown).not.toContain("<script");
  expect(shown.replace(/<[^>]*>/g, "").length).toBeLessThan(40);
});

it("the arbitrage service is asked where no node is", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return Response.json({ symbol: "USDC", decimals: 6 });
  });
  const { queryKey, queryFn } = questionOf(`0x${"7F".repeat(20)}`);
  const told = await queries.fetchQuery({ queryKey, queryFn });
  expect(told).toEqual({ symbol: "USDC", decimals: 6 });
  expect(asked).toEqual([`/v1/tokens/0x${"7f".repeat(20)}`]);
  vi.unstubAllGlobals();
});

it("an amount of a token whose decimals nobody tells is in base units", () => {
  says(null, null);
  const shown = shownAlone(<TokenAmount token={TOKEN} amount="-1500000" isSigned />);
  expect(shown).toContain("−1\u202f500\u202f000 base units of 0x7070…7070");
});

it("a token whose decimals nobody tells has no price for one of it", () => {
  says(null, null);
  const price = { token: TOKEN, amount: "1000000", wei: "5", source: "settings" } as const;
  const shown = shownAlone(<PriceText price={price} />);
  expect(shown).toContain("unknown decimals");
  expect(shown).toContain("1000000 base units are worth 5 wei");
});
