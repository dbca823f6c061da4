import { createHash } from "node:crypto";
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
