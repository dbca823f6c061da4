import { expect, it } from "vitest";
import { pageName } from "./pageName.ts";

const match = (title: string, params: object) => ({ staticData: { title }, params });

it("a page is named by what it is about, and by its parameters in short", () => {
  expect(pageName(match("Overview", {}))).toBe("Overview");
  expect(pageName(match("Block", { id: `0x${"ab".repeat(32)}` }))).toBe("Block 0xababab…ababab");
  expect(pageName(match("Account", { id: "customer-0007", asset: "TRL" }))).toBe("Account customer-0007 TRL");
  expect(pageName(match("Proposal", { id: "9".repeat(77) }))).toBe(`Proposal ${"9".repeat(23)}…`);
});

it("an address that leads nowhere is no such page", () => {
  expect(pageName(undefined)).toBe("Page not found");
  expect(pageName({ staticData: {}, params: {} })).toBe("Page not found");
});
