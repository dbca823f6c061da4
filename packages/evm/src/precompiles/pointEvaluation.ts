import { createHash } from "node:crypto";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bytesEqual, bytesToBigint, hexToBytes } from "@trellis/base";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";

const GAS = 50_000;
const INPUT_SIZE = 192;
const VERSION_KZG = 0x01;
/** FIELD_ELEMENTS_PER_BLOB and BLS_MODULUS, 32 bytes each. */
const OUTPUT = hexToBytes(
  "0x000000000000000000000000000000000000000000000000000000000000100073eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001",
);
/** [τ]G2 of the KZG ceremony: `g2_monomial[1]` of its transcript. */
const TAU_G2 =
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2";

const { Fr, Fp12 } = bls12_381.fields;
const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;

/** 0x0a: whether a committed polynomial has a value at a point (EIP-4844). */
export const pointEvaluation: Precompile = (input, gas) => {
  if (gas < GAS) return { gasUsed: GAS, output: NO_OUTPUT };
  if (input.length !== INPUT_SIZE) return undefined;
  const commitment = input.subarray(96, 144);
  const versionedHash = createHash("sha256").update(commitment).digest();
  versionedHash[0] = VERSION_KZG;
  if (!bytesEqual(versionedHash, input.subarray(0, 32))) return undefined;
  const z = bytesToBigint(input.subarray(32, 64));
  const y = bytesToBigint(input.subarray(64, 96));
  if (z >= Fr.ORDER || y >= Fr.ORDER) return undefined;
  return verifyProof(commitment, z, y, input.subarray(144, 192))
    ? { gasUsed: GAS, output: OUTPUT }
    : undefined;
};

/** e(C − [y]G1, −G2) · e(π, [τ − z]G2) = 1 (consensus specification, Deneb, `verify_kzg_proof_impl`). */
function verifyProof(commitment: Uint8Array, z: bigint, y: bigint, proof: Uint8Array): boolean {
  try {
    const c = G1.fromBytes(Uint8Array.from(commitment));
    const p = G1.fromBytes(Uint8Array.from(proof));
    c.assertValidity();
    p.assertValidity();
    const left = c.subtract(times(G1.BASE, y));
    const right = G2.fromHex(TAU_G2).subtract(times(G2.BASE, z));
    const pairs = [
      { g1: left, g2: G2.BASE.negate() },
      { g1: p, g2: right },
    ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
    return pairs.length === 0 || Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE);
  } catch {
    // Not a point of the subgroup.
    return false;
  }
}

function times<P extends { multiplyUnsafe(scalar: bigint): P; subtract(other: P): P }>(
  point: P,
  scalar: bigint,
): P {
  return scalar === 0n ? point.subtract(point) : point.multiplyUnsafe(scalar);
}
