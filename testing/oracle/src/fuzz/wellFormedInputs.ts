import { bls12_381 } from "@noble/curves/bls12-381.js";
import { p256 as curve } from "@noble/curves/nist.js";
import { bigintToBytes, bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import {
  blsProvePossession,
  blsPublicKey,
  blsSecretFromSeed,
  mlDsa44,
  mlDsa65,
  sha256,
  sign,
} from "@trellis/crypto";
import { ethereumPrecompiles } from "@trellis/evm";
import { type Address, FORKS } from "@trellis/protocol";
import signatures from "./mlDsaSignatures.json" with { type: "json" };

interface WellFormedInput {
  readonly precompile: Address;
  readonly input: Uint8Array;
  readonly outputSize: number;
}

const word = (value: bigint | number): Uint8Array => bigintToBytes(BigInt(value), 32);
const filled = (length: number, from: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (from + index * 37) & 255);
const at = (number: number): Address => bytesToHex(word(number).slice(12));

export function wellFormedInputs(): WellFormedInput[] {
  return [
    ...ecrecover(),
    ...modexp(),
    ...bn254(),
    ...blake2f(),
    ...pointEvaluation(),
    ...bls12381(),
    ...p256(),
    ...mlDsa(),
    ...possession(),
  ];
}

function ecrecover(): WellFormedInput[] {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  return [1, 2, 3].flatMap((seed) => {
    const hash = filled(32, seed);
    const { r, s, yParity } = sign(hash, filled(32, seed + 100));
    const input = (parity: number, value: bigint) =>
      concatBytes(hash, word(27 + parity), word(r), word(value));
    return [input(yParity, s), input(1 - yParity, order - s), input(1 - yParity, s)].map((bytes) => ({
      precompile: at(1),
      input: bytes,
      outputSize: 32,
    }));
  });
}

function modexp(): WellFormedInput[] {
  const sizes = [
    [1, 1, 1],
    [32, 1, 32],
    [32, 32, 32],
    [31, 3, 17],
    [33, 2, 33],
    [64, 32, 64],
    [0, 5, 8],
    [8, 0, 8],
    [96, 2, 20],
    [20, 40, 96],
  ] as const;
  return sizes.map(([base, exponent, modulus], index) => ({
    precompile: at(5),
    input: concatBytes(
      ...[word(base), word(exponent), word(modulus)],
      ...[filled(base, index), filled(exponent, index + 1), filled(modulus, index + 2)],
    ),
    outputSize: modulus,
  }));
}

const FIELD = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
/** Generator of G2, imaginary parts first (EIP-197). */
const TWIST: readonly bigint[] = [
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
];

function bn254(): WellFormedInput[] {
  const scalars = [1n, 2n, 3n, 0xdeadbeefn, 2n ** 200n + 7n];
  const points = scalars.map((scalar) => multiple(concatBytes(word(1), word(2)), scalar));
  const [one, two, three, four] = points as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const none = new Uint8Array(64);
  const q = concatBytes(...TWIST.map(word));
  const [xi, x, yi, y] = TWIST as [bigint, bigint, bigint, bigint];
  const minusQ = concatBytes(...[xi, x, FIELD - yi, FIELD - y].map(word));
  const add = [concatBytes(one, two), concatBytes(three, three), concatBytes(four, negative(four))];
  const multiply = points.map((point, index) => concatBytes(point, word(2n ** BigInt(index * 60) + 5n)));
  const pair = [
    new Uint8Array(0),
    concatBytes(one, q),
    concatBytes(none, q),
    concatBytes(one, q, one, minusQ),
    concatBytes(three, q, negative(three), q),
    concatBytes(one, q, two, q, negative(three), q),
  ];
  return [
    ...[...add, concatBytes(none, four)].map((input) => ({ precompile: at(6), input, outputSize: 64 })),
    ...multiply.map((input) => ({ precompile: at(7), input, outputSize: 64 })),
    ...pair.map((input) => ({ precompile: at(8), input, outputSize: 32 })),
  ];
}

/** The engine computes the multiple: the oracle would reject a wrong point. */
function multiple(point: Uint8Array, scalar: bigint): Uint8Array {
  return Uint8Array.from(
    ethereumPrecompiles(FORKS.osaka).get(7)!(concatBytes(point, word(scalar)), 1e6)!.output,
  );
}

function negative(point: Uint8Array): Uint8Array {
  const y = BigInt(bytesToHex(point.subarray(32)));
  return concatBytes(point.subarray(0, 32), word(FIELD - y));
}

function blake2f(): WellFormedInput[] {
  return [
    [0, 1],
    [1, 0],
    [12, 1],
    [200, 0],
  ].map(([rounds, last]) => ({
    precompile: at(9),
    input: concatBytes(word(rounds!).slice(28), filled(208, rounds!), Uint8Array.of(last!)),
    outputSize: 64,
  }));
}

/** Constant polynomials have quotient zero. The last input is invalid. */
function pointEvaluation(): WellFormedInput[] {
  const infinity = hexToBytes(`0xc0${"00".repeat(47)}`);
  const generator = hexToBytes(
    "0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
  );
  const input = (commitment: Uint8Array, value: number): Uint8Array => {
    const hash = sha256(commitment);
    hash[0] = 1;
    return concatBytes(hash, word(7), word(value), commitment, infinity);
  };
  return [input(infinity, 0), input(generator, 1), input(generator, 2)].map((bytes) => ({
    precompile: at(10),
    input: bytes,
    outputSize: 64,
  }));
}

/** Constants, because signing is randomized. Each message byte is 6, each seed byte 5. */
/** EIP-2537. */
function bls12381(): WellFormedInput[] {
  const field = (value: bigint): Uint8Array => bigintToBytes(value, 64);
  const g1 = (scalar: bigint): Uint8Array => {
    const { x, y } = bls12_381.G1.Point.BASE.multiply(scalar).toAffine();
    return concatBytes(field(x), field(y));
  };
  const g2 = (scalar: bigint): Uint8Array => {
    const { x, y } = bls12_381.G2.Point.BASE.multiply(scalar).toAffine();
    return concatBytes(...[x.c0, x.c1, y.c0, y.c1].map(field));
  };
  const minusOne = bls12_381.fields.Fr.ORDER - 1n;
  return [
    { precompile: at(0x0b), input: concatBytes(g1(3n), g1(5n)), outputSize: 128 },
    { precompile: at(0x0b), input: concatBytes(g1(3n), new Uint8Array(128)), outputSize: 128 },
    { precompile: at(0x0c), input: concatBytes(g1(3n), word(7n)), outputSize: 128 },
    { precompile: at(0x0c), input: concatBytes(g1(3n), word(2n ** 255n), g1(4n), word(0n)), outputSize: 128 },
    { precompile: at(0x0d), input: concatBytes(g2(3n), g2(5n)), outputSize: 256 },
    { precompile: at(0x0e), input: concatBytes(g2(3n), word(7n)), outputSize: 256 },
    { precompile: at(0x0f), input: concatBytes(g1(1n), g2(3n), g1(minusOne), g2(3n)), outputSize: 32 },
    { precompile: at(0x10), input: field(9n), outputSize: 128 },
    { precompile: at(0x11), input: concatBytes(field(9n), field(4n)), outputSize: 256 },
  ];
}

/** EIP-7951. */
function p256(): WellFormedInput[] {
  const [key, hash] = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(8)];
  const signature = curve.sign(hash, key, { prehash: false });
  const publicKey = curve.getPublicKey(key, false).slice(1);
  return [{ precompile: at(0x100), input: concatBytes(hash, signature, publicKey), outputSize: 32 }];
}

function mlDsa(): WellFormedInput[] {
  const seed = new Uint8Array(32).fill(5);
  return [mlDsa44, mlDsa65].map((scheme) => ({
    precompile: at(0x12),
    input: concatBytes(
      new Uint8Array(32).fill(6),
      Buffer.from(signatures[scheme.name], "base64"),
      scheme.publicKeyFromSeed(seed),
    ),
    outputSize: 32,
  }));
}

function possession(): WellFormedInput[] {
  const secret = blsSecretFromSeed(filled(32, 9));
  const [owner, other] = [filled(20, 1), filled(20, 2)];
  return [owner, other].map((claimed) => ({
    precompile: at(0x13),
    input: concatBytes(blsPublicKey(secret), blsProvePossession(secret, owner), claimed),
    outputSize: 32,
  }));
}
