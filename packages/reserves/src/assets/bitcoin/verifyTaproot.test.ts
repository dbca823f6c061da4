import { schnorr } from "@noble/curves/secp256k1.js";
import { p2tr, p2tr_ms, p2tr_ns, Transaction } from "@scure/btc-signer";
import { tapLeafHash } from "@scure/btc-signer/payment.js";
import { compareBytes, pubSchnorr, taprootTweakPubkey } from "@scure/btc-signer/utils.js";
import { concatBytes, isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createToSign, createToSpend } from "../bip322/virtualTransactions.ts";
import { compactSize } from "./encode.ts";
import { SignatureCounter } from "./SignatureCounter.ts";
import type { BitcoinInput, BitcoinTransaction } from "./transaction.ts";
import { verifyTaproot } from "./verifyTaproot.ts";

// Signs with @scure/btc-signer, an independent implementation.

const [KEY_A, KEY_B, KEY_C] = [1, 2, 3].map((seed) => new Uint8Array(32).fill(seed)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const [PUBLIC_A, PUBLIC_B, PUBLIC_C] = [pubSchnorr(KEY_A), pubSchnorr(KEY_B), pubSchnorr(KEY_C)];
const INTERNAL = pubSchnorr(new Uint8Array(32).fill(9));
const EMPTY = new Uint8Array(0);
const OP = { IF: 0x63, ENDIF: 0x68, TWO_DROP: 0x6d, DROP: 0x75, DUP: 0x76, EQUAL: 0x87 } as const;
const [CHECKSIG, CHECKSIGVERIFY, CHECKSIGADD, NUMEQUAL] = [0xac, 0xad, 0xba, 0x9c] as const;
const LEAF_VERSION = 0xc0;
const SIGHASH_ALL = 0x01;

const push = (bytes: Uint8Array) => concatBytes(Uint8Array.of(bytes.length), bytes);
const script = (...parts: readonly (number | Uint8Array)[]) =>
  concatBytes(...parts.map((part) => (typeof part === "number" ? Uint8Array.of(part) : push(part))));
const checkSig = script(PUBLIC_A, CHECKSIG);

interface Spend {
  readonly outputKey: Uint8Array;
  readonly leaf: Uint8Array;
  readonly control: Uint8Array;
  readonly leafVersion: number;
  readonly transaction: BitcoinTransaction;
}

interface TreeOptions {
  readonly leafVersion?: number;
  readonly siblings?: readonly Uint8Array[];
  readonly internalKey?: Uint8Array;
}

function spendOf(
  leaf: Uint8Array,
  { leafVersion = LEAF_VERSION, siblings = [], internalKey = INTERNAL }: TreeOptions = {},
): Spend {
  const root = siblings.reduce<Uint8Array>(
    (node, sibling) => {
      const pair = compareBytes(node, sibling) < 0 ? [node, sibling] : [sibling, node];
      return schnorr.utils.taggedHash("TapBranch", ...pair);
    },
    tapLeafHash(leaf, leafVersion),
  );
  const [outputKey, parity] = taprootTweakPubkey(internalKey, root);
  const control = concatBytes(Uint8Array.of(leafVersion | parity), internalKey, ...siblings);
  return { outputKey, leaf, control, leafVersion, transaction: transactionOf(outputKey) };
}

function transactionOf(outputKey: Uint8Array): BitcoinTransaction {
  return createToSign(createToSpend("I own this", outputScript(outputKey)));
}

const outputScript = (outputKey: Uint8Array) => concatBytes(Uint8Array.of(0x51, 32), outputKey);

interface SigningOptions {
  readonly hashType?: number;
  readonly annex?: Uint8Array;
  readonly suffix?: number;
}

function sign(
  { outputKey, leaf, leafVersion, transaction }: Spend,
  key: Uint8Array,
  { hashType = 0, annex, suffix = hashType === 0 ? undefined : hashType }: SigningOptions = {},
): Uint8Array {
  const signer = new Transaction({ version: 0, allowUnknownOutputs: true });
  const [input] = transaction.inputs as [BitcoinInput];
  signer.addInput({ txid: input.txid.toReversed(), index: 0, sequence: 0 });
  signer.addOutput({ script: Uint8Array.of(0x6a), amount: 0n });
  const scripts = [outputScript(outputKey)];
  const hash = signer.preimageWitnessV1(0, scripts, hashType, [0n], -1, leaf, leafVersion, annex);
  return concatBytes(schnorr.sign(hash, key), suffix === undefined ? EMPTY : Uint8Array.of(suffix));
}

function verify(
  { outputKey, leaf, control, transaction }: Spend,
  stack: readonly Uint8Array[],
  annex: readonly Uint8Array[] = [],
): number | string {
  return verifyWitness(outputKey, [...stack, leaf, control, ...annex], transaction);
}

function verifyWitness(
  outputKey: Uint8Array,
  witness: readonly Uint8Array[],
  transaction: BitcoinTransaction,
): number | string {
  const counter = new SignatureCounter();
  const coins = [{ valueSat: 0n, script: outputScript(outputKey) }];
  try {
    verifyTaproot(outputKey, witness, { transaction, inputIndex: 0, coins, counter });
    return counter.matched;
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return error.code;
  }
}

const FAILED = "BITCOIN_SIGNATURE_INVALID";
const UNSUPPORTED = "BITCOIN_SCRIPT_UNSUPPORTED";

describe("script path spend", () => {
  it("of one key: by its signature, with SIGHASH_DEFAULT or SIGHASH_ALL", () => {
    const spend = spendOf(checkSig);
    expect(verify(spend, [sign(spend, KEY_A)])).toBe(1);
    expect(verify(spend, [sign(spend, KEY_A, { hashType: SIGHASH_ALL })])).toBe(1);
  });

  it.each([
    [1, [3, 0, 0]],
    [2, [3, 0, 1]],
    [2, [3, 2, 0]],
    [3, [3, 2, 1]],
  ])("of %i keys of 3, as OP_CHECKSIGADD and OP_NUMEQUAL count them (BIP-387)", (threshold, signers) => {
    const spend = spendOf(p2tr_ms(threshold, [PUBLIC_A, PUBLIC_B, PUBLIC_C]).script);
    const keys = [KEY_A, KEY_B, KEY_C];
    const stack = signers.map((signer) =>
      signer === 0 ? EMPTY : sign(spend, keys[signer - 1] as Uint8Array),
    );
    expect(verify(spend, stack)).toBe(threshold);
    expect(verify(spend, stack.toReversed())).toBe(FAILED);
    expect(verify(spend, [EMPTY, EMPTY, EMPTY])).toBe(FAILED);
  });

  it("of a tree of @scure/btc-signer, by each leaf", () => {
    const leaves = p2tr_ns(2, [PUBLIC_A, PUBLIC_B, PUBLIC_C]);
    const payment = p2tr(
      INTERNAL,
      leaves.map(({ script: leaf }) => ({ script: leaf })),
    );
    const keys = new Map([PUBLIC_A, PUBLIC_B, PUBLIC_C].map((key, index) => [key.join(), index + 1]));
    expect(payment.leaves).toHaveLength(3);
    for (const { script: leaf, path } of payment.leaves) {
      const spend = spendOf(leaf, { siblings: path });
      expect(spend.outputKey).toEqual(payment.tweakedPubkey);
      const stack = [leaf.subarray(35, 67), leaf.subarray(1, 33)].map((publicKey) =>
        sign(spend, new Uint8Array(32).fill(keys.get(publicKey.join()) as number)),
      );
      expect(verify(spend, stack)).toBe(2);
      expect(verify(spend, stack.toReversed())).toBe(FAILED);
    }
  });

  it("at every depth up to 128 and not deeper", () => {
    for (const depth of [0, 1, 2, 127, 128, 129]) {
      const siblings = Array.from({ length: depth }, (_, index) => new Uint8Array(32).fill(index));
      const spend = spendOf(checkSig, { siblings });
      expect(verify(spend, [sign(spend, KEY_A)])).toBe(depth <= 128 ? 1 : FAILED);
    }
  });

  it("of more than 10,000 bytes, up to the limit", () => {
    const filler = (count: number) => concatBytes(...Array(count).fill(Uint8Array.of(0x51, OP.DROP)));
    for (const [count, result] of [
      [5000, 1],
      [24_983, 1],
      [24_984, UNSUPPORTED],
    ] as const) {
      const spend = spendOf(concatBytes(filler(count), checkSig));
      expect(verify(spend, [sign(spend, KEY_A)])).toBe(result);
    }
  });

  it("is valid for random trees, and invalid after any flipped bit", () => {
    const trees = fc.record({
      siblings: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 5 }),
      internal: fc.uint8Array({ minLength: 32, maxLength: 32, min: 1, max: 254 }),
      hashType: fc.constantFrom(0, SIGHASH_ALL),
      element: fc.nat(2),
      bit: fc.nat(),
    });
    fc.assert(
      fc.property(trees, ({ siblings, internal, hashType, element, bit }) => {
        const spend = spendOf(checkSig, { siblings, internalKey: pubSchnorr(internal) });
        const witness = [sign(spend, KEY_A, { hashType }), spend.leaf, spend.control];
        expect(verifyWitness(spend.outputKey, witness, spend.transaction)).toBe(1);
        const changed = (witness[element] as Uint8Array).slice();
        const at = bit % (changed.length * 8);
        changed[at >> 3] = (changed[at >> 3] as number) ^ (1 << (at & 7));
        const forged = witness.with(element, changed);
        expect(verifyWitness(spend.outputKey, forged, spend.transaction)).toBe(FAILED);
      }),
      { numRuns: 100 },
    );
  });

  it("returns a count or a code for any witness", () => {
    const spend = spendOf(checkSig);
    const signature = sign(spend, KEY_A);
    const parts = fc.oneof(fc.constantFrom(signature, spend.leaf, spend.control, EMPTY), fc.uint8Array());
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 5 }), (witness) => {
        const isGood =
          witness.length === 3 &&
          [signature, spend.leaf, spend.control].every((part, index) => part === witness[index]);
        const result = verifyWitness(spend.outputKey, witness, spend.transaction);
        if (isGood) expect(result).toBe(1);
        else expect(result).toMatch(/^BITCOIN_(?:SIGNATURE_INVALID|SCRIPT_UNSUPPORTED)$/);
      }),
    );
  });
});

describe("BITCOIN_SIGNATURE_INVALID: a control block", () => {
  const siblings = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(6)];
  const spend = spendOf(checkSig, { siblings });
  const stack = [sign(spend, KEY_A)];
  const { control } = spend;
  const withByte = (at: number, value: number) => control.with(at, value);

  it("is valid unchanged", () => {
    expect(verify(spend, stack)).toBe(1);
  });

  it.each<[string, Uint8Array]>([
    ["of the other parity", withByte(0, (control[0] as number) ^ 1)],
    ["of another leaf version", withByte(0, (control[0] as number) ^ 2)],
    ["of the leaf version zero", withByte(0, (control[0] as number) & 1)],
    ["without bytes", EMPTY],
    ["of one byte", control.slice(0, 1)],
    ["without a whole key", control.slice(0, 32)],
    ["with one byte too few", control.slice(0, -1)],
    ["with one byte too many", concatBytes(control, Uint8Array.of(0))],
    ["without its last sibling", control.slice(0, -32)],
    ["with one sibling too many", concatBytes(control, siblings[0] as Uint8Array)],
    ["with its siblings in another order", concatBytes(control.slice(0, 33), ...siblings.toReversed())],
    [
      "of an invalid internal key",
      concatBytes(control.slice(0, 1), new Uint8Array(32).fill(255), control.slice(33)),
    ],
    ["of the internal key zero", concatBytes(control.slice(0, 1), new Uint8Array(32), control.slice(33))],
    ["of another internal key", concatBytes(control.slice(0, 1), PUBLIC_B, control.slice(33))],
    ["of the output key itself", concatBytes(control.slice(0, 1), spend.outputKey)],
  ])("%s", (_, changed) => {
    expect(verify({ ...spend, control: changed }, stack)).toBe(FAILED);
  });

  it("with a bit of its path changed", () => {
    for (let bit = 33 * 8; bit < control.length * 8; bit += 3) {
      const changed = withByte(bit >> 3, (control[bit >> 3] as number) ^ (1 << (bit & 7)));
      expect(verify({ ...spend, control: changed }, stack)).toBe(FAILED);
    }
  });

  it("with a node of another size, although the output key commits to it", () => {
    for (const size of [1, 31, 33]) {
      const odd = spendOf(checkSig, { siblings: [...siblings, new Uint8Array(size).fill(7)] });
      expect(verify(odd, [sign(odd, KEY_A)])).toBe(FAILED);
    }
  });

  it("of a branch presented as a leaf", () => {
    const [left, right] = [tapLeafHash(checkSig), siblings[0] as Uint8Array].sort(compareBytes);
    const branch = concatBytes(left as Uint8Array, right as Uint8Array);
    const shown = {
      ...spend,
      leaf: branch,
      control: concatBytes(control.slice(0, 33), siblings[1] as Uint8Array),
    };
    expect(verify(shown, [])).toBe(FAILED);
  });
});

describe("BITCOIN_SIGNATURE_INVALID: a signature", () => {
  const spend = spendOf(checkSig);
  const good = sign(spend, KEY_A);

  it("by another key, of another leaf or of another output", () => {
    expect(verify(spend, [sign(spend, KEY_B)])).toBe(FAILED);
    expect(verify(spend, [sign({ ...spend, leaf: script(PUBLIC_B, CHECKSIG) }, KEY_A)])).toBe(FAILED);
    expect(verify(spend, [sign({ ...spend, leafVersion: 0xc2 }, KEY_A)])).toBe(FAILED);
    expect(verify(spend, [sign({ ...spend, outputKey: PUBLIC_A }, KEY_A)])).toBe(FAILED);
    expect(verify(spend, [sign(spendOf(checkSig, { siblings: [PUBLIC_C] }), KEY_A)])).toBe(FAILED);
  });

  it("by the internal key alone, if the script requires another", () => {
    expect(verify(spend, [sign(spend, new Uint8Array(32).fill(9))])).toBe(FAILED);
    expect(verifyWitness(spend.outputKey, [good], spend.transaction)).toBe(FAILED);
  });

  // BIP-341: 0x00 is never encoded; valid types are 0x01 to 0x03 and 0x81 to 0x83.
  it.each([0x02, 0x03, 0x81, 0x82, 0x83])("of the hash type %i, although it matches", (hashType) => {
    expect(verify(spend, [sign(spend, KEY_A, { hashType })])).toBe(FAILED);
    expect(verify(spend, [sign(spend, KEY_A, { hashType, suffix: SIGHASH_ALL })])).toBe(FAILED);
  });

  it("of an explicit default hash type, of an unknown one, or of another than was signed", () => {
    for (const suffix of [0x00, 0x04, 0x41, 0x80, 0xff])
      expect(verify(spend, [sign(spend, KEY_A, { suffix })])).toBe(FAILED);
    expect(verify(spend, [sign(spend, KEY_A, { suffix: SIGHASH_ALL })])).toBe(FAILED);
    expect(verify(spend, [sign(spend, KEY_A, { hashType: SIGHASH_ALL }).slice(0, 64)])).toBe(FAILED);
  });

  it("of another length", () => {
    for (const signature of [good.slice(0, 63), Uint8Array.of(1), concatBytes(good, Uint8Array.of(1, 1))])
      expect(verify(spend, [signature])).toBe(FAILED);
  });

  it("missing, or one too many", () => {
    expect(verify(spend, [])).toBe(FAILED);
    expect(verify(spend, [EMPTY])).toBe(FAILED);
    expect(verify(spend, [good, good])).toBe(FAILED);
  });

  it("invalid, where the script would continue without it (NULLFAIL)", () => {
    const either = spendOf(script(PUBLIC_A, CHECKSIG, PUBLIC_B, CHECKSIGADD, 0x51, NUMEQUAL));
    expect(verify(either, [EMPTY, sign(either, KEY_A)])).toBe(1);
    expect(verify(either, [sign(either, KEY_C), sign(either, KEY_A)])).toBe(FAILED);
  });

  it("by an invalid key", () => {
    const noPoint = spendOf(script(new Uint8Array(32).fill(255), CHECKSIG));
    expect(verify(noPoint, [sign(noPoint, KEY_A)])).toBe(FAILED);
  });
});

describe("BITCOIN_SCRIPT_UNSUPPORTED: anyone-can-spend until an upgrade", () => {
  it("an annex, signed or not", () => {
    const spend = spendOf(checkSig);
    const annex = Uint8Array.of(0x50, 1, 2);
    expect(verify(spend, [sign(spend, KEY_A)], [annex])).toBe(UNSUPPORTED);
    expect(verify(spend, [sign(spend, KEY_A, { annex })], [annex])).toBe(UNSUPPORTED);
    expect(verifyWitness(spend.outputKey, [sign(spend, KEY_A), annex], spend.transaction)).toBe(UNSUPPORTED);
    expect(verifyWitness(spend.outputKey, [annex], spend.transaction)).toBe(FAILED);
  });

  it("every leaf version but 0xc0", () => {
    // 0x50 is not a leaf version: the byte marks an annex.
    for (const leafVersion of [0x00, 0x02, 0x52, 0x66, 0x7e, 0x80, 0xbe, LEAF_VERSION, 0xc2, 0xfa, 0xfe]) {
      const spend = spendOf(checkSig, { leafVersion });
      const expected = leafVersion === LEAF_VERSION ? 1 : UNSUPPORTED;
      expect(verify(spend, [sign(spend, KEY_A)])).toBe(expected);
    }
  });

  // OP_SUCCESS numbers of BIP-342.
  const range = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const SUCCESS = [
    80,
    98,
    ...range(126, 129),
    ...range(131, 134),
    137,
    138,
    141,
    142,
    ...range(149, 153),
    ...range(187, 254),
  ];

  it("OP_SUCCESS at any position", () => {
    expect(SUCCESS).toHaveLength(87);
    for (const operation of SUCCESS) {
      const alone = spendOf(Uint8Array.of(operation));
      expect(verify(alone, [])).toBe(UNSUPPORTED);
      const skipped = spendOf(concatBytes(Uint8Array.of(0x00, OP.IF, operation, OP.ENDIF), checkSig));
      expect(verify(skipped, [sign(skipped, KEY_A)])).toBe(UNSUPPORTED);
    }
  });

  it("reserved NOPs, and undefined operations", () => {
    for (const operation of [0xb0, ...range(0xb3, 0xb9), 0x65, 0x66, 0x89, 0x8a, 0xff]) {
      const spend = spendOf(concatBytes(Uint8Array.of(operation), checkSig));
      expect(verify(spend, [sign(spend, KEY_A)])).toBe(UNSUPPORTED);
    }
  });

  it.each([1, 31, 33, 65])("a key of %i bytes, with a signature and without", (size) => {
    const unknown = new Uint8Array(size).fill(2 + 0x20);
    const alone = spendOf(script(unknown, CHECKSIG));
    expect(verify(alone, [sign(alone, KEY_A)])).toBe(UNSUPPORTED);
    expect(verify(alone, [Uint8Array.of(1)])).toBe(UNSUPPORTED);
    expect(verify(alone, [EMPTY])).toBe(UNSUPPORTED);
    for (const keys of [
      [unknown, PUBLIC_A],
      [PUBLIC_A, unknown],
    ] as const) {
      const either = spendOf(script(keys[0], CHECKSIG, keys[1], CHECKSIGADD, 0x51, OP.EQUAL));
      const signature = sign(either, KEY_A);
      const stack = keys[0] === unknown ? [signature, EMPTY] : [EMPTY, signature];
      expect(verify(either, stack)).toBe(UNSUPPORTED);
    }
  });
});

describe("BITCOIN_SIGNATURE_INVALID: the rules of BIP-342", () => {
  it("an empty key fails, with an empty signature too", () => {
    const alone = spendOf(script(EMPTY, CHECKSIG));
    expect(verify(alone, [sign(alone, KEY_A)])).toBe(FAILED);
    const either = spendOf(script(PUBLIC_A, CHECKSIG, EMPTY, CHECKSIGADD, 0x51, OP.EQUAL));
    expect(verify(either, [EMPTY, sign(either, KEY_A)])).toBe(FAILED);
    const unused = spendOf(script(EMPTY, CHECKSIG, EMPTY, 0x88, PUBLIC_A, CHECKSIG));
    expect(verify(unused, [sign(unused, KEY_A), EMPTY])).toBe(FAILED);
  });

  it("OP_CHECKMULTISIG fails when executed", () => {
    for (const operation of [0xae, 0xaf]) {
      const run = spendOf(concatBytes(Uint8Array.of(0x00, 0x00, 0x00, operation), checkSig));
      expect(verify(run, [sign(run, KEY_A)])).toBe(FAILED);
      const skipped = spendOf(concatBytes(Uint8Array.of(0x00, OP.IF, operation, OP.ENDIF), checkSig));
      expect(verify(skipped, [sign(skipped, KEY_A)])).toBe(1);
    }
  });

  it("one signature per 50 bytes of the witness, plus one", () => {
    const checks = (count: number) =>
      concatBytes(...Array.from({ length: count }, () => script(OP.DUP, PUBLIC_A, CHECKSIGVERIFY)), checkSig);
    const nine = spendOf(checks(9));
    expect(verify(nine, [sign(nine, KEY_A)])).toBe(10);
    const ten = spendOf(checks(10));
    expect(verify(ten, [sign(ten, KEY_A)])).toBe(FAILED);
    const padded = (size: number) => spendOf(concatBytes(script(new Uint8Array(size), OP.DROP), checks(10)));
    const [short, exact] = [padded(10), padded(11)];
    expect(witnessSize([sign(exact, KEY_A), exact.leaf, exact.control])).toBe(500);
    expect(verify(short, [sign(short, KEY_A)])).toBe(FAILED);
    expect(verify(exact, [sign(exact, KEY_A)])).toBe(11);
  });

  it("empty signatures are free", () => {
    const zeros = Array.from({ length: 40 }, () => script(OP.DUP, PUBLIC_B, CHECKSIG, OP.DROP));
    const leaf = spendOf(concatBytes(...zeros, Uint8Array.of(OP.DROP), checkSig));
    expect(verify(leaf, [sign(leaf, KEY_A), EMPTY])).toBe(1);
  });

  it("at most 1,000 elements, from the start and after each step", () => {
    const drops = (count: number) => new Uint8Array(count / 2).fill(OP.TWO_DROP);
    const fill = (count: number) => Array<Uint8Array>(count).fill(EMPTY);
    const full = spendOf(concatBytes(Uint8Array.of(OP.DROP), drops(998), checkSig));
    expect(verify(full, [sign(full, KEY_A), ...fill(999)])).toBe(1);
    const first = spendOf(concatBytes(drops(1000), checkSig));
    expect(verify(first, [sign(first, KEY_A), ...fill(1000)])).toBe(FAILED);
    const pushed = spendOf(concatBytes(Uint8Array.of(0x00, 0x00), drops(1000), checkSig));
    expect(verify(pushed, [sign(pushed, KEY_A), ...fill(998)])).toBe(FAILED);
  });

  it("at most 520 bytes per element", () => {
    const dropped = spendOf(concatBytes(Uint8Array.of(OP.DROP), checkSig));
    const signature = sign(dropped, KEY_A);
    expect(verify(dropped, [signature, new Uint8Array(520)])).toBe(1);
    expect(verify(dropped, [signature, new Uint8Array(521)])).toBe(FAILED);
  });

  it("OP_IF accepts only 1 and the empty element", () => {
    const branch = spendOf(script(OP.IF, PUBLIC_A, CHECKSIG, 0x67, PUBLIC_B, CHECKSIG, OP.ENDIF));
    expect(verify(branch, [sign(branch, KEY_A), Uint8Array.of(1)])).toBe(1);
    expect(verify(branch, [sign(branch, KEY_B), EMPTY])).toBe(1);
    expect(verify(branch, [sign(branch, KEY_A), Uint8Array.of(2)])).toBe(FAILED);
    expect(verify(branch, [sign(branch, KEY_B), Uint8Array.of(0)])).toBe(FAILED);
    expect(verify(branch, [sign(branch, KEY_A), EMPTY])).toBe(FAILED);
  });

  it("a script that does not end with exactly one true element", () => {
    const rest = spendOf(concatBytes(checkSig, Uint8Array.of(0x51)));
    expect(verify(rest, [sign(rest, KEY_A)])).toBe(FAILED);
    const none = spendOf(script(PUBLIC_A, CHECKSIGVERIFY));
    expect(verify(none, [sign(none, KEY_A)])).toBe(FAILED);
    const zero = spendOf(concatBytes(script(PUBLIC_A, CHECKSIGVERIFY), Uint8Array.of(0x00)));
    expect(verify(zero, [sign(zero, KEY_A)])).toBe(FAILED);
  });
});

function witnessSize(witness: readonly Uint8Array[]): number {
  return witness.reduce((sum, { length }) => sum + compactSize(length).length + length, 1);
}
