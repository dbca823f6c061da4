import { bn254 } from "@noble/curves/bn254.js";
import { bigintToBytes, bytesToBigint } from "@trellis/base";
import { NO_OUTPUT, type Precompile, padded } from "./Precompile.ts";

/** Gas of EIP-1108. */
const ADD_GAS = 150;
const MUL_GAS = 6000;
const PAIRING_GAS = 45_000;
const PAIR_GAS = 34_000;
const PAIR_SIZE = 192;

const { Fp, Fp2, Fr } = bn254.fields;
const G1 = bn254.G1.Point;
const G2 = bn254.G2.Point;
type G1Point = InstanceType<typeof G1>;
type G2Point = InstanceType<typeof G2>;

/** 0x06: addition on alt_bn128 (EIP-196). */
export const bn254Add: Precompile = (input, gas) => {
  if (gas < ADD_GAS) return { gasUsed: ADD_GAS, output: NO_OUTPUT };
  const bytes = padded(input, 128);
  return refusing(() => ({
    gasUsed: ADD_GAS,
    output: encodeG1(readG1(bytes, 0).add(readG1(bytes, 64))),
  }));
};

/** 0x07: multiplication by a scalar (EIP-196). */
export const bn254Mul: Precompile = (input, gas) => {
  if (gas < MUL_GAS) return { gasUsed: MUL_GAS, output: NO_OUTPUT };
  const bytes = padded(input, 96);
  const scalar = bytesToBigint(bytes.subarray(64, 96)) % Fr.ORDER;
  return refusing(() => {
    const point = readG1(bytes, 0);
    return { gasUsed: MUL_GAS, output: encodeG1(scalar === 0n ? G1.ZERO : point.multiplyUnsafe(scalar)) };
  });
};

/** 0x08: whether a product of pairings is one (EIP-197). */
export const bn254Pairing: Precompile = (input, gas) => {
  if (input.length % PAIR_SIZE !== 0) return undefined;
  const count = input.length / PAIR_SIZE;
  const gasUsed = PAIRING_GAS + PAIR_GAS * count;
  if (gas < gasUsed) return { gasUsed, output: NO_OUTPUT };
  return refusing(() => {
    const pairs: { g1: G1Point; g2: G2Point }[] = [];
    for (let at = 0; at < input.length; at += PAIR_SIZE) {
      const g1 = readG1(input, at);
      const g2 = readG2(input, at + 64);
      if (!g1.is0() && !g2.is0()) pairs.push({ g1, g2 });
    }
    const isOne =
      pairs.length === 0 || bn254.fields.Fp12.eql(bn254.pairingBatch(pairs), bn254.fields.Fp12.ONE);
    return { gasUsed, output: bigintToBytes(isOne ? 1n : 0n, 32) };
  });
};

/** A point that is not one makes the contract fail. */
function refusing<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** Throws for a value of the field's order or more. */
function readField(bytes: Uint8Array, at: number): bigint {
  return Fp.fromBytes(Uint8Array.from(bytes.subarray(at, at + 32)));
}

/** Both coordinates zero mean the point at infinity. */
function readG1(bytes: Uint8Array, at: number): G1Point {
  const x = readField(bytes, at);
  const y = readField(bytes, at + 32);
  if (x === 0n && y === 0n) return G1.ZERO;
  const point = G1.fromAffine({ x, y });
  point.assertValidity();
  return point;
}

/** Imaginary parts come first; the point must be in the subgroup. */
function readG2(bytes: Uint8Array, at: number): G2Point {
  const [x1, x0, y1, y0] = [0, 32, 64, 96].map((offset) => readField(bytes, at + offset)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (x0 === 0n && x1 === 0n && y0 === 0n && y1 === 0n) return G2.ZERO;
  const point = G2.fromAffine({ x: Fp2.fromBigTuple([x0, x1]), y: Fp2.fromBigTuple([y0, y1]) });
  point.assertValidity();
  return point;
}

function encodeG1(point: G1Point): Uint8Array {
  const output = new Uint8Array(64);
  if (point.is0()) return output;
  const { x, y } = point.toAffine();
  output.set(bigintToBytes(x, 32), 0);
  output.set(bigintToBytes(y, 32), 32);
  return output;
}
