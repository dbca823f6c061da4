import { argon2Sync } from "node:crypto";
import { blake3 as nobleBlake3 } from "@noble/hashes/blake3.js";
import { bytesToBigint, bytesToHex, concatBytes } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heavyMatrix } from "../heavy/heavyMatrix.ts";
import { createHeavyHasher } from "../heavy/kHeavyHash.ts";
import { verifyWork } from "../verification/verifyWork.ts";
import { createPowAlgorithm } from "./createPowAlgorithm.ts";
import type { PowParameters } from "./PowAlgorithm.ts";

const memory: PowParameters = { algorithm: "memory", memoryKiB: 64, passes: 2 };
const heavy: PowParameters = { algorithm: "heavy", memoryKiB: 0, passes: 0 };
const blake3: PowParameters = { algorithm: "blake3", memoryKiB: 0, passes: 0 };
const badParameters = expect.objectContaining({
  code: "PARAMETERS_INVALID",
  facts: expect.objectContaining({ field: "proof of work" }),
});
const argumentInvalid = (rule: string) =>
  expect.objectContaining({ code: "ARGUMENT_INVALID", facts: expect.objectContaining({ rule }) });
const SEAL_ROOT_RULE = "a seal root has 32 bytes that are not all zero";

const sealRoots = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((root) => root.some((byte) => byte !== 0));
const nonces = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const littleEndian = (nonce: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, nonce, true);
  return bytes;
};
const readLittleEndian = (bytes: Uint8Array): bigint => bytesToBigint(bytes.slice().reverse());

describe("createPowAlgorithm", () => {
  it("blake3 is BLAKE3(sealRoot || nonce), read little-endian", () => {
    const algorithm = createPowAlgorithm(blake3);
    fc.assert(
      fc.property(sealRoots, nonces, (root, nonce) => {
        const digest = nobleBlake3(concatBytes(root, littleEndian(nonce)));
        expect(algorithm.hash(root, nonce)).toBe(readLittleEndian(digest));
      }),
    );
  });

  it("heavy is kHeavyHash with timestamp zero, read little-endian", () => {
    const algorithm = createPowAlgorithm(heavy);
    fc.assert(
      fc.property(sealRoots, nonces, (root, nonce) => {
        const digest = createHeavyHasher(
          root,
          0n,
          heavyMatrix(root),
        )(Number(nonce & 0xffff_ffffn), Number(nonce >> 32n));
        expect(algorithm.hash(root, nonce)).toBe(readLittleEndian(digest));
      }),
      { numRuns: 20 },
    );
  });

  it("memory is Argon2id under its domain, equal to OpenSSL's", () => {
    const algorithm = createPowAlgorithm(memory);
    const domain = new TextEncoder().encode("trellis/pow/memory/1");
    fc.assert(
      fc.property(sealRoots, nonces, (root, nonce) => {
        const digest = argon2Sync("argon2id", {
          message: concatBytes(root, littleEndian(nonce)),
          nonce: concatBytes(domain, root),
          parallelism: 1,
          tagLength: 32,
          memory: 64,
          passes: 2,
        });
        expect(algorithm.hash(root, nonce)).toBe(readLittleEndian(new Uint8Array(digest)));
      }),
      { numRuns: 20 },
    );
  });

  it("OpenSSL's Argon2id, the reference for memory, produces the tag of RFC 9106, section 5.3", () => {
    const tag = argon2Sync("argon2id", {
      message: new Uint8Array(32).fill(1),
      nonce: new Uint8Array(16).fill(2),
      secret: new Uint8Array(8).fill(3),
      associatedData: new Uint8Array(12).fill(4),
      parallelism: 4,
      tagLength: 32,
      memory: 32,
      passes: 3,
    });
    expect(bytesToHex(tag)).toBe("0x0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
  });

  it.each([memory, heavy, blake3])(
    "$algorithm gives the same result in any order of seal roots",
    (parameters) => {
      const algorithm = createPowAlgorithm(parameters);
      const roots = Array.from({ length: 40 }, (_, index) => new Uint8Array(32).fill(index + 1));
      const first = roots.map((root) => algorithm.hash(root, 5n));
      expect(roots.toReversed().map((root) => algorithm.hash(root, 5n))).toEqual(first.toReversed());
      expect(new Set(first).size).toBe(roots.length);
    },
  );

  it.each([memory, heavy, blake3])("$algorithm does not depend on its caller's buffer", (parameters) => {
    const algorithm = createPowAlgorithm(parameters);
    const root = new Uint8Array(32).fill(1);
    const work = algorithm.prepare(root);
    const before = work.digest(1, 2).slice();
    root.fill(9);
    expect(work.digest(1, 2)).toEqual(before);
  });

  it.each([memory, heavy, blake3])(
    "$algorithm accepts work at the target and refuses work above it",
    (parameters) => {
      const algorithm = createPowAlgorithm(parameters);
      const root = new Uint8Array(32).fill(4);
      const value = algorithm.hash(root, 77n);
      expect(verifyWork(algorithm, root, 77n, value)).toBe(true);
      expect(verifyWork(algorithm, root, 77n, value - 1n)).toBe(false);
    },
  );

  it.each([
    [7, 1],
    [2 ** 20 + 1, 1],
    [64.5, 1],
    [Number.NaN, 1],
    [64, 0],
    [64, 17],
    [64, 1.5],
  ])("PARAMETERS_INVALID, proof of work: %d KiB, %d passes", (memoryKiB, passes) => {
    expect(() => createPowAlgorithm({ algorithm: "memory", memoryKiB, passes })).toThrow(badParameters);
  });

  it("PARAMETERS_INVALID, proof of work: an unknown algorithm", () => {
    const parameters = { algorithm: "sha256" as "heavy", memoryKiB: 0, passes: 0 };
    expect(() => createPowAlgorithm(parameters)).toThrow(badParameters);
  });

  it("ARGUMENT_INVALID: a seal root of zeros, which yields no matrix", () => {
    for (const parameters of [memory, heavy, blake3]) {
      const algorithm = createPowAlgorithm(parameters);
      expect(() => algorithm.hash(new Uint8Array(32), 0n)).toThrow(argumentInvalid(SEAL_ROOT_RULE));
    }
  });

  it("ARGUMENT_INVALID: a short seal root, a nonce beyond 64 bits", () => {
    const algorithm = createPowAlgorithm(blake3);
    expect(() => algorithm.hash(new Uint8Array(31), 0n)).toThrow(argumentInvalid(SEAL_ROOT_RULE));
    expect(() => algorithm.prepare(new Uint8Array(0))).toThrow(argumentInvalid(SEAL_ROOT_RULE));
    expect(() => algorithm.hash(new Uint8Array(32).fill(1), 2n ** 64n)).toThrow(
      argumentInvalid("a nonce is a uint64"),
    );
    expect(() => algorithm.hash(new Uint8Array(32).fill(1), -1n)).toThrow(
      argumentInvalid("a nonce is a uint64"),
    );
  });
});
