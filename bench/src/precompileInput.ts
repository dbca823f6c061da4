import { createECDH, createHash } from "node:crypto";
import { bigintToBytes, concatBytes, hexToBytes } from "@trellis/base";
import { blsProvePossession, blsPublicKey, blsSecretFromSeed, type MlDsa, sign } from "@trellis/crypto";
import { trellisPrecompiles } from "@trellis/evm";
import { FORKS } from "@trellis/protocol";

export const PRECOMPILE_GAS_MAX = 1e9;

const BN254_G1 = concatBytes(word(1), word(2));
/** EIP-197. */
const BN254_G2 = hexToBytes(
  "0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
);
export const BLS_G1 = hexToBytes(
  "0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
);

export function recoveryInput(hash: Uint8Array, key: Uint8Array): Uint8Array {
  const { r, s, yParity } = sign(hash, key);
  return concatBytes(hash, word(27 + yParity), word(r), word(s));
}

export function modexpInput(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  const lengths = [base, exponent, modulus].map(({ length }) => word(length));
  return concatBytes(...lengths, base, exponent, modulus);
}

export function bn254Multiple(scalar: Uint8Array): Uint8Array {
  return trellisPrecompiles(FORKS.osaka).get(0x07)!(concatBytes(BN254_G1, scalar), PRECOMPILE_GAS_MAX)!
    .output;
}

export function pairingInput(points: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...points.flatMap((point) => [point, BN254_G2]));
}

/** Claims value `y` at `z` for the constant polynomial 1. */
export function pointEvaluationInput(z: bigint, y: bigint, proof: Uint8Array): Uint8Array {
  const versionedHash = createHash("sha256").update(BLS_G1).digest();
  versionedHash[0] = 1;
  return concatBytes(versionedHash, word(z), word(y), BLS_G1, proof);
}

/** The signature is valid, because malformed ones would be rejected early. */
export function mlDsaInput(
  scheme: MlDsa,
  message: Uint8Array,
  key: Uint8Array,
  signature = scheme.sign(message, key),
): Uint8Array {
  return concatBytes(message, signature, scheme.publicKeyFromSeed(key));
}

export function possessionInput(seed: Uint8Array, owner: Uint8Array): Uint8Array {
  const secret = blsSecretFromSeed(seed);
  return concatBytes(blsPublicKey(secret), blsProvePossession(secret, owner), owner);
}

export function word(value: bigint | number): Uint8Array {
  return bigintToBytes(BigInt(value), 32);
}

const BLS_ADD = { G1: 0x0b, G2: 0x0d };
const BLS_MULTIPLY = { G1: 0x0c, G2: 0x0e };
const BLS_MAP = { G1: 0x10, G2: 0x11 };
const BLS_COORDINATES = { G1: 1, G2: 2 };
export type BlsGroup = keyof typeof BLS_MAP;

interface Numbered {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** EIP-2537. Point (4, y) of G1's curve, not in the subgroup. */
const BLS_G1_OUTSIDE = concatBytes(
  bigintToBytes(4n, 64),
  bigintToBytes(
    0xa989badd40d6212b33cffc3f3763e9bc760f988c9926b26da9dd85e928483446346b8ed00e1de5d5ea93e354abe706cn,
    64,
  ),
);

export function blsAddition(group: BlsGroup, seed: number): Numbered {
  return { id: BLS_ADD[group], bytes: concatBytes(blsPoint(group, seed), blsPoint(group, seed + 1)) };
}

/** @param isWrong whether the last point is not in the subgroup (G1) */
export function blsProducts(group: BlsGroup, seed: number, count: number, isWrong = false): Numbered {
  const scalar = new Uint8Array(32).fill(0xfd);
  const points = Array.from({ length: count }, (_, index) => blsPoint(group, seed + index));
  if (isWrong) points.splice(-1, 1, BLS_G1_OUTSIDE);
  return { id: BLS_MULTIPLY[group], bytes: concatBytes(...points.flatMap((point) => [point, scalar])) };
}

export function blsPairing(seed: number, count: number): Numbered {
  const pairs = Array.from({ length: count }, (_, index) => [
    blsPoint("G1", seed + index),
    blsPoint("G2", seed + index),
  ]);
  return { id: 0x0f, bytes: concatBytes(...pairs.flat()) };
}

export function blsMap(group: BlsGroup, seed: number): Numbered {
  const elements = Array.from({ length: BLS_COORDINATES[group] }, (_, index) =>
    bigintToBytes(3n ** BigInt(150 + (seed % 64) + index), 64),
  );
  return { id: BLS_MAP[group], bytes: concatBytes(...elements) };
}

const blsPoints = new Map<string, Uint8Array>();

function blsPoint(group: BlsGroup, seed: number): Uint8Array {
  const { id, bytes } = blsMap(group, seed);
  const key = `${group} ${seed % 64}`;
  const point =
    blsPoints.get(key) ?? trellisPrecompiles(FORKS.osaka).get(id)!(bytes, PRECOMPILE_GAS_MAX)!.output;
  blsPoints.set(key, point);
  return point;
}

/** EIP-7951. The signature is wrong, which only the curve shows: signing is randomised. */
export function p256Input(hash: Uint8Array, key: Uint8Array): Numbered {
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(key);
  const [r, s] = [new Uint8Array(32).fill(0x7a), new Uint8Array(32).fill(0x6b)];
  return { id: 0x100, bytes: concatBytes(hash, r, s, curve.getPublicKey().subarray(1)) };
}
