import { encodeFunctionData } from "viem";
import { expect, it } from "vitest";
import { parameters, treasury } from "../../contracts/parameters.ts";
import { describeAction } from "./describeAction.ts";

const BOB = "0x00000000000000000000000000000000000B0b00";

it.each([
  ["set", parameters.address, [0n, 60_000_000n], "Set “Block gas limit” to 60\u202f000\u202f000 gas"],
  ["set", parameters.address, [4n, 1_500_000_000n], "Set “Minimum relay gas price” to 1.5 gwei per gas"],
  ["pay", treasury.address, [BOB, 2n * 10n ** 18n], `Pay 2 coins from the treasury to ${BOB}`],
])("%s", (functionName, target, args, text) => {
  const { abi } = functionName === "set" ? parameters : treasury;
  const data = encodeFunctionData({ abi, functionName, args } as never);
  expect(describeAction({ target, data, valueWei: 0n })).toBe(text);
});

it("calls what it does not know by its bytes", () => {
  expect(describeAction({ target: parameters.address, data: "0xdeadbeef", valueWei: 10n ** 18n })).toBe(
    "Call 0x000000…005004 with 0xdeadbeef, with 1 coins",
  );
  expect(describeAction({ target: BOB, data: "0x", valueWei: 0n })).toBe("Call 0x000000…0B0b00 with no data");
});
