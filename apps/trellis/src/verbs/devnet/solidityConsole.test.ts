import { bytesToHex } from "@trellis/base";
import * as fc from "fast-check";
import { encodeFunctionData, parseAbi } from "viem";
import { describe, expect, it } from "vitest";
import { consoleText } from "./solidityConsole.ts";

const call = (signature: string, ...args: unknown[]) => {
  const abi = parseAbi([`function ${signature}`] as never) as never;
  return encodeFunctionData({ abi, args } as never);
};
const ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

describe("Solidity's console.log", () => {
  it.each([
    ["log()", [], ""],
    ["log(string)", ["hello, wörld"], "hello, wörld"],
    ["log(uint256)", [2n ** 256n - 1n], `${2n ** 256n - 1n}`],
    ["log(int256)", [-5n], "-5"],
    ["log(bool)", [true], "true"],
    ["log(address)", [ADDRESS], ADDRESS],
    ["log(string,uint256)", ["balance", 7n], "balance 7"],
    ["log(string,string,bool,address)", ["%s is %s", "it", false, ADDRESS], `it is false ${ADDRESS}`],
    ["log(uint256,string,uint256,bool)", [1n, "two", 3n, false], "1 two 3 false"],
    ["log(string,uint256)", ["%d %% %s", 3n], "3 % %s"],
    ["logInt(int256)", [-1n], "-1"],
    ["logBytes(bytes)", ["0x010203"], "0x010203"],
    ["logBytes4(bytes4)", ["0x01020304"], "0x01020304"],
    ["logBytes32(bytes32)", [`0x${"ab".repeat(32)}`], `0x${"ab".repeat(32)}`],
  ])("%s, case %#", (signature, args, text) => expect(consoleText(call(signature, ...args))).toBe(text));

  it("shows no escape sequences, and long texts in part", () => {
    expect(consoleText(call("log(string)", "\u001b[2Ja\u202eb\nc\td"))).toBe("�[2Ja�b\nc\td");
    expect(consoleText(call("log(string)", "x".repeat(5_000)))).toBe(`${"x".repeat(1_000)}…`);
  });

  it.each([
    ["0x"],
    ["0x12345678"],
    [call("log(string)", "hello").slice(0, -64)],
    [call("log(uint256)", 1n).slice(0, 40)],
  ])("ignores %s", (input) => expect(consoleText(input)).toBeUndefined());

  it("reads any data after a selector (10,000 values)", () => {
    const selector = fc.constantFrom("log(string,string)", "logBytes(bytes)", "log(address,string,uint256)");
    fc.assert(
      fc.property(selector, fc.uint8Array({ maxLength: 160 }), (signature, data) => {
        const args = signature.includes("address")
          ? [ADDRESS, "", 1n]
          : signature.includes(",")
            ? ["", ""]
            : ["0x"];
        const text = consoleText(`${call(signature, ...args).slice(0, 10)}${bytesToHex(data).slice(2)}`);
        expect(["string", "undefined"]).toContain(typeof text);
      }),
      { numRuns: 10_000 },
    );
  });
});
