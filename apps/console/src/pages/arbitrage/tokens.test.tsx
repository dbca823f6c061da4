import { expect, it, vi } from "vitest";

// A service of arbitrage alone, without a node beside it that knows tokens.
vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
  const content = JSON.stringify({ parts: ["arbitrage"], isDevelopment: false });
  vi.stubGlobal("document", { querySelector: () => ({ content }) });
});

import { shownAlone } from "../../ui/fixtures/drawAlone.tsx";
import { Price } from "./MarketPage.tsx";
import { TokenAmount } from "./tokens.tsx";

const TOKEN = `0x${"70".repeat(20)}` as const;

it("an amount of a token whose decimals nobody tells is in base units", () => {
  const shown = shownAlone(<TokenAmount token={TOKEN} amount="-1500000" isSigned />);
  expect(shown).toContain("−1\u202f500\u202f000 base units of 0x7070…7070");
});

it("a token whose decimals nobody tells has no price for one of it", () => {
  const price = { token: TOKEN, amount: "1000000", wei: "5", source: "settings" } as const;
  const shown = shownAlone(<Price price={price} />);
  expect(shown).toContain("decimals not known");
  expect(shown).toContain("1000000 base units are worth 5 wei");
});
