import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { bigintToBytes, bytesToBigint, bytesToHex, concatBytes } from "@trellis/base";
import { sha256 } from "@trellis/crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBn254 } from "./bn254.ts";
import type { Precompile } from "./Precompile.ts";
import { createPointEvaluation } from "./pointEvaluation.ts";

const GAS = 10_000_000;
/** [τ]G1 of the KZG ceremony (`g1_monomial[1]`). */
const TAU_G1 =
  "ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81";
const G1 = bn254.G1.Point;
const G2 = bn254.G2.Point;
const { Fr, Fp } = bn254.fields;
type G1Point = InstanceType<typeof G1>;
type G2Point = InstanceType<typeof G2>;

const SCALAR = fc.oneof(
  fc.bigInt({ min: 1n, max: Fr.ORDER - 1n }),
  fc.bigInt({ min: 1n, max: 20n }),
  fc.bigInt({ min: 1n, max: 20n }).map((small) => Fr.ORDER - small),
  // Around the bound of scalar halves (splitScalar.ts).
  fc.bigInt({ min: 0n, max: 3n }).map((small) => (1n << 127n) + small),
);

function encodeG1(point: G1Point): Uint8Array {
  if (point.is0()) return new Uint8Array(64);
  const { x, y } = point.toAffine();
  return concatBytes(bigintToBytes(x, 32), bigintToBytes(y, 32));
}

function encodeG2(point: G2Point): Uint8Array {
  if (point.is0()) return new Uint8Array(128);
  const { x, y } = point.toAffine();
  return concatBytes(...[x.c1, x.c0, y.c1, y.c0].map((part) => bigintToBytes(part, 32)));
}

function outputOf(result: ReturnType<Precompile>): string | undefined {
  return result === undefined ? undefined : bytesToHex(result.output);
}

/** The portable build traps if operands exceed their bounds (lanes.ts). */
const BUILDS = [undefined, "portable"] as const;

describe.each(BUILDS)("alt_bn128 (build: %s)", (build) => {
  const { add: bn254Add, multiply: bn254Mul, checkPairing: bn254Pairing } = createBn254(build);

  it("adds and multiplies like another library", () => {
    fc.assert(
      fc.property(SCALAR, SCALAR, (a, b) => {
        const [p, q] = [G1.BASE.multiply(a), G1.BASE.multiply(b)];
        const sum = outputOf(bn254Add(concatBytes(encodeG1(p), encodeG1(q)), GAS));
        expect(sum).toBe(bytesToHex(encodeG1(p.add(q))));
        const product = outputOf(bn254Mul(concatBytes(encodeG1(p), bigintToBytes(b, 32)), GAS));
        expect(product).toBe(bytesToHex(encodeG1(p.multiply(b))));
      }),
      { numRuns: 40 },
    );
  });

  it("adds special points: equal, opposite, infinity; and multiplies by zero and by the order", () => {
    const p = G1.BASE.multiply(7n);
    const zero = new Uint8Array(64);
    const encoded = encodeG1(p);
    const add = (...points: Uint8Array[]): string | undefined =>
      outputOf(bn254Add(concatBytes(...points), GAS));
    expect(add(encoded, encoded)).toBe(bytesToHex(encodeG1(p.double())));
    expect(add(encoded, encodeG1(p.negate()))).toBe(bytesToHex(zero));
    expect(add(encoded, zero)).toBe(bytesToHex(encoded));
    expect(add()).toBe(bytesToHex(zero));
    const beyond = 2n ** 256n - 1n;
    const most = outputOf(bn254Mul(concatBytes(encoded, bigintToBytes(beyond, 32)), GAS));
    expect(most).toBe(bytesToHex(encodeG1(p.multiply(beyond % Fr.ORDER))));
    for (const scalar of [0n, Fr.ORDER]) {
      expect(outputOf(bn254Mul(concatBytes(encoded, bigintToBytes(scalar, 32)), GAS))).toBe(bytesToHex(zero));
    }
  });

  it("refuses points off the curve", () => {
    const isRefused = (point: Uint8Array): boolean => bn254Add(point, GAS) === undefined;
    expect(isRefused(concatBytes(bigintToBytes(1n, 32), bigintToBytes(3n, 32)))).toBe(true);
    expect(isRefused(concatBytes(bigintToBytes(Fp.ORDER + 1n, 32), bigintToBytes(2n, 32)))).toBe(true);
    expect(bn254Pairing(new Uint8Array(191), GAS)).toBeUndefined();
  });

  it("accepts products of pairings that are one", () => {
    fc.assert(
      fc.property(SCALAR, SCALAR, fc.boolean(), (a, b, isRight) => {
        const product = isRight ? Fr.mul(a, b) : Fr.add(Fr.mul(a, b), 1n);
        const input = concatBytes(
          ...[encodeG1(G1.BASE.multiply(a)), encodeG2(G2.BASE.multiply(b))],
          ...[encodeG1(G1.ZERO), encodeG2(G2.BASE), encodeG1(G1.BASE), encodeG2(G2.ZERO)],
          ...[encodeG1(product === 0n ? G1.ZERO : G1.BASE.negate().multiply(product)), encodeG2(G2.BASE)],
        );
        expect(bytesToBigint(bn254Pairing(input, GAS)!.output)).toBe(isRight ? 1n : 0n);
      }),
      { numRuns: 10 },
    );
    expect(bytesToBigint(bn254Pairing(new Uint8Array(0), GAS)!.output)).toBe(1n);
  });

  it("refuses points of the twist outside the subgroup", () => {
    const point = twistPoint();
    const ofSmallOrder = multiple(point, (COFACTOR / SMALL_ORDER) * Fr.ORDER);
    expect(multiple(ofSmallOrder, SMALL_ORDER).is0()).toBe(true);
    const outside = [
      point,
      point.add(G2.BASE),
      multiple(point, Fr.ORDER),
      ofSmallOrder,
      ...[2n, 3n, 77n].map((scalar) => multiple(ofSmallOrder, scalar)),
      ofSmallOrder.add(G2.BASE),
    ];
    for (const q of outside) {
      const right = concatBytes(encodeG1(G1.BASE), encodeG2(G2.BASE));
      for (const p of [encodeG1(G1.BASE), encodeG1(G1.BASE.negate()), encodeG1(G1.ZERO)]) {
        expect(bn254Pairing(concatBytes(p, encodeG2(q)), GAS)).toBeUndefined();
        expect(bn254Pairing(concatBytes(right, p, encodeG2(q)), GAS)).toBeUndefined();
        expect(bn254Pairing(concatBytes(p, encodeG2(q), right), GAS)).toBeUndefined();
      }
    }
    const inside = multiple(point, COFACTOR);
    expect(bytesToBigint(bn254Pairing(concatBytes(encodeG1(G1.ZERO), encodeG2(inside)), GAS)!.output)).toBe(
      1n,
    );
    expect(bytesToBigint(bn254Pairing(concatBytes(encodeG1(G1.BASE), encodeG2(inside)), GAS)!.output)).toBe(
      0n,
    );
  });
});

/** Order of the twist, divided by that of the subgroup. */
const COFACTOR = 2n * Fp.ORDER - Fr.ORDER;
const SMALL_ORDER = 10_069n;

function twistPoint(): G2Point {
  const { Fp2 } = bn254.fields;
  const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]));
  for (let im = 0n; ; im++) {
    const x = Fp2.fromBigTuple([1n, im]);
    try {
      return new G2(x, Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)), Fp2.ONE);
    } catch {}
  }
}

/** Not reduced by the order. */
function multiple(point: G2Point, scalar: bigint): G2Point {
  let sum = G2.ZERO;
  for (const bit of scalar.toString(2)) {
    sum = sum.double();
    if (bit === "1") sum = sum.add(point);
  }
  return sum;
}

describe.each(BUILDS)("point evaluation (build: %s)", (build) => {
  const pointEvaluation = createPointEvaluation(build);
  const { G1: K1 } = bls12_381;
  const r = bls12_381.fields.Fr.ORDER;

  function constantProof(c: bigint, y: bigint): Uint8Array {
    const commitment = c === 0n ? K1.Point.ZERO.toBytes() : K1.Point.BASE.multiply(c).toBytes();
    const versionedHash = sha256(commitment);
    versionedHash[0] = 1;
    return concatBytes(
      versionedHash,
      bigintToBytes(5n, 32),
      bigintToBytes(y, 32),
      commitment,
      K1.Point.ZERO.toBytes(),
    );
  }

  it("accepts only the value of a committed polynomial", () => {
    for (const c of [0n, 1n, 12345n, r - 1n]) {
      expect(pointEvaluation(constantProof(c, c), GAS)?.output.length).toBe(64);
      expect(pointEvaluation(constantProof(c, (c + 1n) % r), GAS)).toBeUndefined();
    }
  });

  it("accepts proofs of linear polynomials by the ceremony's [τ]G1, and no other value", () => {
    // p(X) = a + bX, proof [b]G1, commitment [a]G1 + [b][τ]G1.
    const tau = K1.Point.fromHex(TAU_G1);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: r - 1n }),
        fc.bigInt({ min: 1n, max: r - 1n }),
        SCALAR,
        (a, b, z) => {
          const commitment = K1.Point.BASE.multiply(a).add(tau.multiply(b)).toBytes();
          const versionedHash = sha256(commitment);
          versionedHash[0] = 1;
          const proof = K1.Point.BASE.multiply(b).toBytes();
          const evaluates = (y: bigint): boolean => {
            const input = concatBytes(
              versionedHash,
              bigintToBytes(z, 32),
              bigintToBytes(y, 32),
              commitment,
              proof,
            );
            return pointEvaluation(input, GAS) !== undefined;
          };
          const y = (a + b * z) % r;
          expect(evaluates(y)).toBe(true);
          expect(evaluates((y + 1n) % r)).toBe(false);
        },
      ),
      { numRuns: 5 },
    );
  });

  it("refuses points outside the subgroup", () => {
    const encoded = new Uint8Array(48);
    encoded[0] = 0x80;
    encoded[47] = 4;
    expect(() => K1.Point.fromBytes(encoded).assertValidity()).toThrow();
    const versionedHash = sha256(encoded);
    versionedHash[0] = 1;
    const infinity = K1.Point.ZERO.toBytes();
    const input = concatBytes(versionedHash, new Uint8Array(64), encoded, infinity);
    expect(pointEvaluation(input, GAS)).toBeUndefined();
  });

  it("refuses a wrong hash, a value beyond the modulus, and invalid points", () => {
    const right = constantProof(3n, 3n);
    for (const [at, byte] of [
      [0, 2],
      [64, 0xff],
      [96, 0x17],
      [144, 0x80],
    ] as const) {
      const wrong = Uint8Array.from(right);
      wrong[at] = byte;
      expect(pointEvaluation(wrong, GAS)).toBeUndefined();
    }
    expect(pointEvaluation(right.subarray(1), GAS)).toBeUndefined();
    expect(pointEvaluation(right, 49_999)?.gasUsed).toBe(50_000);
  });
});
