import { createHash } from "node:crypto";
import { hexToBytes } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runScript, type ScriptEnvironment, type ScriptVersion } from "./runScript.ts";
import { decodeNumber, encodeNumber, isTrue } from "./scriptNumber.ts";

const GOOD = Uint8Array.of(1, 2, 3);
const [KEY_A, KEY_B] = [new Uint8Array(33).fill(2), new Uint8Array(33).fill(3)];

function environment(version: ScriptVersion = "v0", sequence = 0, lockTime = 0): ScriptEnvironment {
  const input = { txid: new Uint8Array(32), vout: 0, scriptSig: new Uint8Array(0), sequence, witness: [] };
  return {
    version,
    transaction: { version: 2, inputs: [input], outputs: [], lockTime },
    inputIndex: 0,
    checkSignature: (signature, publicKey) => signature[0] === publicKey[0],
  };
}

function run(script: string, stack: readonly Uint8Array[] = [], given = environment()) {
  return runScript(hexToBytes(`0x${script}`), stack, given);
}

function codeOf(script: string, stack: readonly Uint8Array[] = [], given = environment()): string {
  try {
    run(script, stack, given);
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const signature = (key: Uint8Array) => Uint8Array.of(key[0] as number, 9);
const push = (bytes: Uint8Array) => Buffer.concat([Uint8Array.of(bytes.length), bytes]).toString("hex");
const NONE = new Uint8Array(0);
const ONE = Uint8Array.of(1);

describe("script", () => {
  it("executes branches by their condition", () => {
    expect(run("6351675268", [ONE])).toEqual([ONE]);
    expect(run("6351675268", [NONE])).toEqual([Uint8Array.of(2)]);
    expect(run("6451675268", [NONE])).toEqual([ONE]);
    expect(run("636351675268675368", [NONE])).toEqual([Uint8Array.of(3)]);
  });

  it("multisig accepts signatures in the order of the keys", () => {
    const script = `52${push(KEY_A)}${push(KEY_B)}52ae`;
    const [a, b] = [signature(KEY_A), signature(KEY_B)];
    expect(run(script, [NONE, a, b])).toEqual([ONE]);
    expect(codeOf(script, [NONE, b, a])).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf(script, [NONE, a, a])).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf(script, [ONE, a, b])).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(run(script, [NONE, NONE, NONE])).toEqual([NONE]);
    const oneOfTwo = `51${push(KEY_A)}${push(KEY_B)}52ae`;
    expect(run(oneOfTwo, [NONE, b])).toEqual([ONE]);
    expect(run(oneOfTwo, [NONE, a])).toEqual([ONE]);
  });

  it("tapscript counts signatures instead", () => {
    const [keyA, keyB] = [KEY_A.slice(1), KEY_B.slice(1)];
    const script = `${push(keyA)}ac${push(keyB)}ba5287`;
    const stack = [signature(keyB), signature(keyA)];
    expect(run(script, stack, environment("tapscript"))).toEqual([ONE]);
    expect(run(script, [NONE, signature(keyA)], environment("tapscript"))).toEqual([NONE]);
    expect(codeOf(script, stack)).toBe("BITCOIN_SCRIPT_UNSUPPORTED");
    expect(codeOf("51ae", [], environment("tapscript"))).toBe("BITCOIN_SIGNATURE_INVALID");
  });

  it("compares numbers", () => {
    expect(run("529c", [Uint8Array.of(2)])).toEqual([ONE]);
    expect(run("529c", [ONE])).toEqual([NONE]);
    expect(run("529d51", [Uint8Array.of(2)])).toEqual([ONE]);
    expect(codeOf("529d51", [ONE])).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf("529c", [Uint8Array.of(2, 0)])).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf("529c", [Uint8Array.of(1, 1, 1, 1, 1)])).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf("529c")).toBe("BITCOIN_SIGNATURE_INVALID");
  });

  it("operations change the stack as named", () => {
    const bytes = hexToBytes("0x010203");
    expect(run("7c", [ONE, bytes])).toEqual([bytes, ONE]);
    expect(run("82", [bytes])).toEqual([bytes, Uint8Array.of(3)]);
    expect(run("6d", [ONE, bytes])).toEqual([]);
    expect(run("7588", [bytes, bytes, ONE])).toEqual([]);
    const digests = { a6: "ripemd160", a8: "sha256" };
    for (const [operation, algorithm] of Object.entries(digests)) {
      const digest = createHash(algorithm).update(bytes).digest();
      expect(run(operation, [bytes])).toEqual([Uint8Array.from(digest)]);
    }
    const sha256 = createHash("sha256").update(bytes).digest();
    const hash256 = createHash("sha256").update(sha256).digest();
    const hash160 = createHash("ripemd160").update(sha256).digest();
    expect(run("aa", [bytes])).toEqual([Uint8Array.from(hash256)]);
    expect(run("a9", [bytes])).toEqual([Uint8Array.from(hash160)]);
  });

  it("OP_CHECKMULTISIGVERIFY and OP_CHECKSIGVERIFY leave the stack empty", () => {
    const script = `51${push(KEY_A)}51af`;
    expect(run(script, [NONE, signature(KEY_A)])).toEqual([]);
    expect(codeOf(script, [NONE, NONE])).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(run(`${push(KEY_A)}ad`, [signature(KEY_A)])).toEqual([]);
    expect(codeOf(`${push(KEY_A)}ad`, [NONE])).toBe("BITCOIN_SIGNATURE_INVALID");
  });

  it("time locks compare with the transaction", () => {
    const [young, old] = [environment("v0", 2015), environment("v0", 2016)];
    expect(codeOf("02e007b2", [], young)).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf("02e007b2", [], old)).toBe("none");
    expect(codeOf("02e007b2", [], environment("v0", 2016 + 2 ** 22))).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf("02e007b2", [], environment("v0", 0xffff_ffff))).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf("02e007b1", [], environment("v0", 0, 2015))).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf("02e007b1", [], environment("v0", 0, 2016))).toBe("none");
    expect(codeOf("02e007b1", [], environment("v0", 0, 600_000_000))).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf("02e007b1", [], environment("v0", 0xffff_ffff, 2016))).toBe("BITCOIN_SIGNATURE_INVALID");
    expect(codeOf("4fb2", [], old)).toBe("BITCOIN_SIGNATURE_INVALID");
  });

  it.each<[string, string, Uint8Array[]]>([
    ["an empty stack", "76", []],
    ["OP_RETURN", "6a", []],
    ["an open branch", "5163", []],
    ["an end without a beginning", "68", []],
    ["a condition of 2", "6368", [Uint8Array.of(2)]],
    ["a push of non-minimal length", "0105", []],
    ["a truncated push", "05aa", []],
    ["OP_CODESEPARATOR", "ab", []],
    ["an invalid signature", `${push(KEY_A)}ac`, [GOOD.slice(0, 2)]],
    ["a false check", "69", [NONE]],
    ["an element too large", "75", [new Uint8Array(521)]],
    ["too many operations", "51".concat("7675".repeat(101)), []],
    ["a negative count", "4fae", []],
    ["a stack too large by a push", "0075", Array<Uint8Array>(1000).fill(NONE)],
    ["a script too large", "51".repeat(10_001), []],
  ])("BITCOIN_SIGNATURE_INVALID: %s", (_, script, stack) => {
    expect(codeOf(script, stack)).toBe("BITCOIN_SIGNATURE_INVALID");
  });

  it.each(["93", "b0", "7e", "fe", "50", "00639368"])("BITCOIN_SCRIPT_UNSUPPORTED: %s", (script) => {
    expect(codeOf(script)).toBe("BITCOIN_SCRIPT_UNSUPPORTED");
  });

  it("returns a stack or a code for any script", () => {
    const known = fc.constantFrom(
      0x00,
      0x51,
      0x63,
      0x67,
      0x68,
      0x75,
      0x76,
      0x7c,
      0x82,
      0x87,
      0xa9,
      0xac,
      0xae,
      0xb1,
      0xb2,
      0xba,
    );
    const scripts = fc.oneof(
      fc.uint8Array(),
      fc.array(known).map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(scripts, fc.constantFrom<ScriptVersion>("legacy", "v0", "tapscript"), (script, version) => {
        try {
          runScript(script, [ONE, NONE, ONE], environment(version));
        } catch (error) {
          expect(error).toHaveProperty(
            "code",
            expect.stringMatching(/^BITCOIN_(?:SIGNATURE_INVALID|SCRIPT_UNSUPPORTED)$/),
          );
        }
      }),
    );
  });

  it("numbers have a unique encoding", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 39n) + 1n, max: 2n ** 39n - 1n }), (value) => {
        expect(decodeNumber(encodeNumber(value), 5)).toBe(value);
        expect(isTrue(encodeNumber(value))).toBe(value !== 0n);
      }),
    );
    expect(isTrue(Uint8Array.of(0, 0x80))).toBe(false);
    for (const padded of [
      Uint8Array.of(0),
      Uint8Array.of(0x80),
      Uint8Array.of(1, 0),
      new Uint8Array(6).fill(1),
    ])
      expect(() => decodeNumber(padded, 5)).toThrowError(
        expect.objectContaining({ code: "BITCOIN_SIGNATURE_INVALID" }),
      );
  });
});
