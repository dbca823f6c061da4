import { hexToBytes } from "@trellis/base";
import { privateKeyToAddress, sign } from "@trellis/crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { readSummaEntries, verifySummaEntries } from "./index.ts";
import { readSummaSignatures, verifySummaSignature } from "./testing/summaSignatures.ts";

const LIST = "username,balance_ETH_ETH,balance_USDT_ETH\nann,5,7\nbob,1,2\n";

describe("Summa's lists", () => {
  it("both layouts have the correct sum", () => {
    expect(verifySummaEntries(readSummaEntries(LIST))).toEqual({
      scheme: "summa-entries",
      totals: { ETH_ETH: "6", USDT_ETH: "9" },
      weaknesses: ["ROOT_ABSENT", "RANGE_NARROW", "BALANCES_SHOWN"],
    });
    const listed = readSummaEntries("username;balances\r\nann;5,7\r\nbob;1,2");
    expect(verifySummaEntries(listed).totals).toEqual({ "0": "6", "1": "9" });
  });

  it("attack ROOT_ABSENT: a list without a customer verifies as well", () => {
    const short = readSummaEntries(LIST.replace("bob,1,2\n", ""));
    expect(verifySummaEntries(short).weaknesses).toContain("ROOT_ABSENT");
  });

  it("PUBLISHED_PROOF_WRONG: attack RANGE_NARROW, a sum that would wrap to less than its parts", () => {
    const wrapping = `username,balance_ETH_ETH\nann,${2n ** 63n}\nbob,${2n ** 63n}\n`;
    const refused = refusal("PUBLISHED_PROOF_WRONG: a sum exceeds the scheme's range");
    expect(BigInt.asUintN(64, 2n ** 63n + 2n ** 63n)).toBe(0n);
    expect(() => verifySummaEntries(readSummaEntries(wrapping))).toThrowError(refused);
    expect(verifySummaEntries(readSummaEntries(wrapping), { rangeBytes: 9 }).totals).toEqual({
      ETH_ETH: String(2n ** 64n),
    });
  });

  it.each([
    "",
    "username,balance_ETH_ETH",
    "name,balance_ETH_ETH\nann,1",
    "username,ETH\nann,1",
    LIST.replace("5", "-5"),
    LIST.replace("5", "5.5"),
    LIST.replace("5", "0x5"),
    LIST.replace("ann,5,7", "ann,5"),
    LIST.replace("ann", ""),
    LIST.replace("ann", "bob"),
    "username;balances\nann;5;7",
    "username;balances\nann;",
  ])("PUBLISHED_FORMAT_INVALID: %j", (csv) => {
    expect(() => readSummaEntries(csv)).toThrowError(
      expect.objectContaining({ code: "PUBLISHED_FORMAT_INVALID" }),
    );
  });

  it("returns a list or a code for any text", () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom("username;balances", "username,balance_X", "ann,1", "bob;1,2"),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const read of [readSummaEntries, readSummaSignatures]) {
          try {
            read(lines.join("\n"));
          } catch (error) {
            expect(error).toMatchObject({ code: "PUBLISHED_FORMAT_INVALID" });
          }
        }
      }),
    );
  });
});

describe("Summa's signatures", () => {
  const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  const SIGNATURE =
    "0x089b32327d332c295dc3b8873c205b72153211de6dc1c51235782b091cefb9d06d6df2661b86a7d441cd322f125b84901486b150e684221a7b7636eb8182af551b";
  const row = (message: string) => `chain;address;signature;message\nETH;${ADDRESS};${SIGNATURE};${message}`;
  const MESSAGE = "Summa proof of solvency for CryptoExchange";

  it("attack SIGNATURE_REPLAYABLE: the signature of 2023 verifies today and for every snapshot", () => {
    const [signed] = readSummaSignatures(row(MESSAGE));
    expect(signed && verifySummaSignature(signed)).toEqual(["SIGNATURE_REPLAYABLE"]);
  });

  it("PUBLISHED_PROOF_WRONG: another text, another signer", () => {
    const refused = refusal("PUBLISHED_PROOF_WRONG: a leaf is not the hash of its content");
    const [signed] = readSummaSignatures(row("Summa proof of solvency; of another"));
    expect(() => signed && verifySummaSignature(signed)).toThrowError(refused);
    const key = new Uint8Array(32).fill(5);
    const { r, s, yParity } = sign(new Uint8Array(32), key);
    const hex = (value: bigint) => value.toString(16).padStart(64, "0");
    const other = `0x${hex(r)}${hex(s)}${yParity === 0 ? "1b" : "1c"}`;
    expect(privateKeyToAddress(key)).not.toEqual(hexToBytes(ADDRESS));
    const forged = { chain: "ETH", address: ADDRESS, signature: other, message: MESSAGE };
    expect(() => verifySummaSignature(forged)).toThrowError(refused);
  });

  it("PUBLISHED_FORMAT_INVALID: another chain", () => {
    const [signed] = readSummaSignatures(row(MESSAGE));
    expect(() => signed && verifySummaSignature({ ...signed, chain: "BTC" })).toThrowError(
      expect.objectContaining({
        code: "PUBLISHED_FORMAT_INVALID",
        facts: expect.objectContaining({ reason: "not supported" }),
      }),
    );
  });
});
