import { bytesToHex, hexToBytes } from "@trellis/base";
import { sha256 } from "@trellis/crypto";
import type { Address } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import { callInput, slotOfNumber, stateOf } from "../testState.ts";
import { verifyKzgProof } from "./verifyKzgProof.ts";

const INFINITY = `0xc0${"00".repeat(47)}`;
const GENERATOR =
  "0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const [zero, one, two] = [slotOfNumber(0), slotOfNumber(1), slotOfNumber(2)];

describe("verifyKzgProof", () => {
  it("a constant polynomial has its value everywhere, and a quotient of zero", () => {
    expect(verifyKzgProof(INFINITY, two, zero, INFINITY)).toBe(true);
    expect(verifyKzgProof(GENERATOR, two, one, INFINITY)).toBe(true);
    expect(verifyKzgProof(GENERATOR, zero, two, INFINITY)).toBe(false);
    expect(verifyKzgProof(GENERATOR, zero, one, GENERATOR)).toBe(false);
  });

  it("refuses an invalid point or field element", () => {
    expect(verifyKzgProof(`0x${"ff".repeat(48)}`, zero, zero, INFINITY)).toBe(false);
    expect(verifyKzgProof(INFINITY, zero, zero, `0x80${"00".repeat(46)}01`)).toBe(false);
    expect(verifyKzgProof(INFINITY, slotOfNumber(ORDER), zero, INFINITY)).toBe(false);
    expect(verifyKzgProof(INFINITY, zero, slotOfNumber(ORDER), INFINITY)).toBe(false);
  });
});

describe("point evaluation precompile", () => {
  const to: Address = `0x${"00".repeat(19)}0a`;
  const inputOf = (y: string) => {
    const hash = sha256(hexToBytes(GENERATOR));
    hash[0] = 1;
    const parts = [bytesToHex(hash), two, y, GENERATOR, INFINITY];
    return hexToBytes(`0x${parts.map((part) => part.slice(2)).join("")}`);
  };
  const evm = createOracleEvm();
  const evaluate = (y: string) => evm.call(callInput(stateOf({}), { to, data: inputOf(y) }));

  it("returns the field's constants for a valid proof", async () => {
    const { outcome, output } = await evaluate(one);
    expect(outcome).toBe("success");
    expect(bytesToHex(output)).toBe(`${slotOfNumber(4_096)}${slotOfNumber(ORDER).slice(2)}`);
  });

  it("consumes all gas for an invalid one", async () => {
    expect(await evaluate(two)).toMatchObject({ outcome: "invalid", gasUsed: 1_000_000n });
  });
});
