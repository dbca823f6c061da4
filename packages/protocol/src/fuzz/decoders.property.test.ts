import { bytesEqual, isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compactToTarget,
  decodeAccount,
  decodeBlock,
  decodeBody,
  decodeHeader,
  decodeReceiptRecord,
  decodeRlp,
  decodeTransaction,
  encodeAccount,
  encodeBlock,
  encodeBody,
  encodeHeader,
  encodeReceiptRecord,
  encodeRlp,
  encodeTransaction,
  type RlpInput,
  targetToCompact,
  UINT256_MAX,
} from "../index.ts";
import * as samples from "./samples.ts";

/** The issue asks for this many cases a decoder, of mutated valid encodings and of random bytes together. */
const MUTATED_CASES = 90_000;
const RANDOM_CASES = 20_000;
const ROUND_TRIPS = 2_000;

const limits = { bodyBytesMax: 4_096, transactionBytesMax: 1_024 };

interface Codec<T> {
  readonly name: string;
  readonly values: fc.Arbitrary<T>;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

const rlpTree = fc.letrec<{ item: RlpInput }>((tie) => ({
  item: fc.oneof({ maxDepth: 4 }, fc.uint8Array({ maxLength: 70 }), fc.array(tie("item"), { maxLength: 5 })),
})).item;

const codecs: readonly Codec<never>[] = [
  codec("rlp", rlpTree, encodeRlp, decodeRlp),
  codec(
    "transaction",
    samples.transaction,
    (transaction) => encodeTransaction(transaction, transaction.signature),
    decodeTransaction,
  ),
  codec("header", samples.header, encodeHeader, decodeHeader),
  codec(
    "body",
    fc.array(samples.transaction, { maxLength: 3 }).map((transactions) => ({ transactions })),
    encodeBody,
    (bytes) => decodeBody(bytes, limits),
  ),
  codec("block", samples.block, encodeBlock, (bytes) => decodeBlock(bytes, limits)),
  codec("receipt record", samples.receipt, encodeReceiptRecord, decodeReceiptRecord),
  codec(
    "account",
    fc.record({ account: samples.account, storageRoot: samples.hash }),
    ({ account, storageRoot }) => encodeAccount(account, storageRoot),
    decodeAccount,
  ),
];

for (const { name, values, encode, decode } of codecs) {
  describe(name, () => {
    let decodedCount = 0;
    const encodesBack = (bytes: Uint8Array): boolean => {
      try {
        const value = decode(bytes);
        decodedCount++;
        return bytesEqual(encode(value), bytes);
      } catch (error) {
        if (isTrellisError(error)) return true;
        throw error;
      }
    };

    it("decodes what it encoded", () => {
      fc.assert(
        fc.property(values, (value) => {
          expect(decode(encode(value))).toEqual(value);
        }),
        { numRuns: ROUND_TRIPS },
      );
    });

    it("decodes a mutated encoding to what encodes to the same bytes, or refuses it with a code", () => {
      const encodings = fc.sample(values, { numRuns: 64, seed: 1 }).map(encode);
      const mutated = fc
        .tuple(fc.constantFrom(...encodings), fc.array(samples.mutation, { minLength: 1, maxLength: 3 }))
        .map(([bytes, mutations]) => samples.mutate(bytes, mutations));
      fc.assert(fc.property(mutated, encodesBack), { numRuns: MUTATED_CASES });
      // Mutations inside hashes and data pass: were all refused, the property would say nothing.
      expect(decodedCount).toBeGreaterThan(MUTATED_CASES / 100);
    });

    it("refuses random bytes with a code", () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), encodesBack), { numRuns: RANDOM_CASES });
    });
  });
}

describe("compact targets", () => {
  it("BLOCK-BITS: read as bits give a target in range, or BITS_INVALID", () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), (bits) => {
        try {
          const target = compactToTarget(bits);
          // Not every form is the shortest, but the shortest names the same target.
          return target > 0n && target <= UINT256_MAX && compactToTarget(targetToCompact(target)) === target;
        } catch (error) {
          return isTrellisError(error, "BITS_INVALID");
        }
      }),
      { numRuns: MUTATED_CASES + RANDOM_CASES },
    );
  });

  it("BLOCK-BITS: written from a target lose less than 2^-15 of it, and never rise", () => {
    fc.assert(
      fc.property(
        fc
          .tuple(samples.uint256, fc.nat({ max: 255 }))
          .map(([value, shift]) => (value >> BigInt(shift)) + 1n),
        (target) => {
          fc.pre(target <= UINT256_MAX);
          const written = compactToTarget(targetToCompact(target));
          return written <= target && (target - written) << 15n < target;
        },
      ),
      { numRuns: 10_000 },
    );
  });
});

/** Forgets what the codec carries, so that codecs of different types make one list. */
function codec<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T,
): Codec<never> {
  return { name, values, encode, decode } as unknown as Codec<never>;
}
