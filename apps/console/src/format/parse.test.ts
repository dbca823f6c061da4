import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress, parseAmount, parseBytes, parseWhole } from "./parse.ts";
import { decimalText } from "./units.ts";

const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

describe("parseAddress", () => {
  it("takes one case and the right checksum", () => {
    const value = ADDRESS.toLowerCase();
    for (const text of [ADDRESS, value, ` ${value} `, `0x${value.slice(2).toUpperCase()}`]) {
      expect(parseAddress(text)).toEqual({ value });
    }
  });

  it.each([
    ["", /Enter an address/],
    ["0x12", /40 hexadecimal/],
    [`${ADDRESS}00`, /40 hexadecimal/],
    ["<script>alert(1)</script>", /40 hexadecimal/],
    [ADDRESS.replace("F39", "f39").replace("Fd6", "fD6"), /checksum/],
  ])("refuses %j", (text, wrong) => {
    expect(parseAddress(text)).toEqual({ wrong: expect.stringMatching(wrong) });
  });
});

describe("parseAmount", () => {
  it.each([
    ["1", 10n ** 18n],
    ["1.5", 15n * 10n ** 17n],
    ["1.", 10n ** 18n],
    ["10 000.000000000000000001", 10n ** 22n + 1n],
    ["0", 0n],
  ])("%s", (text, value) => {
    expect(parseAmount(text)).toEqual({ value });
  });

  it.each([
    ["", /Enter an amount/],
    ["-1", /Invalid amount/],
    ["1e18", /Invalid amount/],
    ["1,5", /Invalid amount/],
    ["0x10", /Invalid amount/],
    ["0.0000000000000000001", /18 decimals/],
    ["9".repeat(60), /too large/],
    ["9".repeat(5_000), /too large/],
  ])("refuses %.30j", (text, wrong) => {
    expect(parseAmount(text)).toEqual({ wrong: expect.stringMatching(wrong) });
  });

  it("reads back what is shown", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 200n), fc.nat(18), (value, decimals) => {
        const text = decimalText(value, decimals, decimals);
        expect(parseAmount(text, 2n ** 256n, decimals)).toEqual({ value });
      }),
    );
  });
});

it.each([
  ["7", { value: 7n }],
  ["4", { wrong: "At least 5." }],
  ["11", { wrong: "At most 10." }],
  ["1.5", { wrong: "Enter a whole number." }],
  ["9".repeat(200), { wrong: "Enter a whole number." }],
  ["", { wrong: "Enter a number." }],
])("parseWhole %.20j", (text, parsed) => {
  expect(parseWhole(text, 5n, 10n)).toEqual(parsed);
});

it.each([
  ["", { value: "0x" }],
  ["0xabCD", { value: "0xabCD" }],
  ["0xabc", { wrong: expect.any(String) }],
  ["abcd", { wrong: expect.any(String) }],
])("parseBytes %j", (text, parsed) => {
  expect(parseBytes(text)).toEqual(parsed);
});
