import { expect, it } from "vitest";
import { amountText } from "./amounts.ts";
import { figureName, figureText, worthText } from "./figures.ts";

it.each([
  ["gasPriceWei", "7", "gas price", "7 wei"],
  ["gasWeiMax", "43348000000000000", "maximum gas", "0.043348 coins"],
  ["netWei", "-2000000000000000000", "net profit", "−2 coins"],
  ["marginPpm", "2500", "safety margin", "0.25 %"],
  ["paysEnough", "true", "profitable", "yes"],
  ["gasUsed", "121000", "gas used", "121\u202f000"],
  ["somethingNew", "0xab", "somethingNew", "0xab"],
])("the figure %s of %s", (name, value, said, text) => {
  expect([figureName(name), figureText(name, value)]).toEqual([said, text]);
});

it("formats worth in coins", () => {
  expect(worthText("net 1093082836956471625 wei exceeds the threshold of 50000000000000000")).toBe(
    "net 1.093082 coins exceeds the threshold of 0.05 coins",
  );
  expect(worthText("profit is -5000000000000000")).toBe("profit is −0.005 coins");
});

it("a small loss has all its digits", () => {
  expect(amountText("-147", 18, true)).toBe("−0.000000000000000147");
  expect(amountText("147", 18)).toBe("< 0.000001");
});
