import fc from "fast-check";
import type { Hex } from "viem";
import { describe, expect, it } from "vitest";
import { decodeCall } from "./knownFunctions.ts";

describe("decodeCall", () => {
  it("names a transfer and its arguments", () => {
    const to = "d8da6bf26964af9d7eed9e03e53415d37aa96045";
    const data = `0xa9059cbb${to.padStart(64, "0")}${1_000n.toString(16).padStart(64, "0")}` as const;
    expect(decodeCall(data)).toEqual({
      name: "transfer",
      args: [
        { name: "to", type: "address", value: "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045" },
        { name: "amount", type: "uint256", value: "1000" },
      ],
    });
  });

  it("tells functions of one name apart", () => {
    const [validator, epoch] = ["0b0b".padStart(64, "0"), "07".padStart(64, "0")];
    const names = (data: Hex) => decodeCall(data)?.args.map(({ name, value }) => `${name}=${value}`);
    expect(names(`0xf3fef3a3${validator}${epoch}`)).toEqual([
      "validator=0x0000000000000000000000000000000000000B0b",
      "unbondEpoch=7",
    ]);
    expect(names(`0x2e1a7d4d${epoch}`)).toEqual(["amount=7"]);
  });

  it("says nothing of what it does not know, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const data = `0xa9059cbb${Buffer.from(bytes).toString("hex")}` as const;
        if (bytes.length < 64) expect(decodeCall(data)).toBeUndefined();
        else decodeCall(data);
      }),
    );
    expect(decodeCall("0x")).toBeUndefined();
    expect(decodeCall("0xdeadbeef")).toBeUndefined();
  });
});
