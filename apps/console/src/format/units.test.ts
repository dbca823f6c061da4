import { describe, expect, it } from "vitest";
import { addressText, agoText, bytesText, coinText, countText, gweiText, shortHex } from "./units.ts";

describe("amounts", () => {
  it.each([
    [0n, "0"],
    [1n, "< 0.000001"],
    [10n ** 18n, "1"],
    [1_234_567n * 10n ** 18n, "1\u202f234\u202f567"],
    [1_999_999_999_999_999_999n, "1.999999"],
    [2n ** 255n, coinText(2n ** 255n)],
  ])("%s wei", (wei, text) => {
    expect(coinText(wei)).toBe(text);
  });

  it("gwei, counts, bytes, hashes", () => {
    expect(gweiText(1_500_000_000n)).toBe("1.5 gwei");
    expect(gweiText(1_000_000n)).toBe("0.001 gwei");
    expect(gweiText(999_999n)).toBe("999999 wei");
    expect(gweiText(7n)).toBe("7 wei");
    expect(countText(1_234_567)).toBe("1\u202f234\u202f567");
    expect(bytesText(2_048)).toBe("2.0 KiB");
    expect(shortHex(`0x${"ab".repeat(32)}`)).toBe("0xababab…ababab");
    expect(shortHex("0x01")).toBe("0x01");
  });
});

it("an address has its checksum, however it came", () => {
  const text = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
  expect(addressText(text.toLowerCase())).toBe(text);
  expect(addressText(text)).toBe(text);
});

it.each([
  [0, "0 s ago"],
  [59_999, "59 s ago"],
  [60_000, "1 min ago"],
  [7_200_000, "2 h ago"],
  [172_800_000, "2 d ago"],
  [-5_000, "0 s ago"],
])("%i ms", (ms, text) => {
  expect(agoText(1_000_000, 1_000_000 + ms)).toBe(text);
});
