import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bytesToBigint, hexToBytes } from "@trellis/base";

const { G1, G2, fields } = bls12_381;

/** consensus-specs, trusted_setup_4096.json, g2_monomial[1]. */
const SECRET_G2 = hexToBytes(
  "0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2",
);

/**
 * EIP-4844, verify_kzg_proof: e(commitment - [y], [1]) = e(proof, [s] - [z]) with the secret s. Returns false
 * for invalid points and field elements.
 */
export function verifyKzgProof(commitment: string, z: string, y: string, proof: string): boolean {
  const commitmentPoint = pointOf(commitment);
  const proofPoint = pointOf(proof);
  const [zScalar, yScalar] = [z, y].map((hex) => bytesToBigint(hexToBytes(hex)));
  if (commitmentPoint === undefined || proofPoint === undefined) return false;
  if (zScalar! >= fields.Fr.ORDER || yScalar! >= fields.Fr.ORDER) return false;
  const pairs = [
    { g1: commitmentPoint.subtract(G1.Point.BASE.multiplyUnsafe(yScalar!)), g2: G2.Point.BASE.negate() },
    { g1: proofPoint, g2: G2.Point.fromBytes(SECRET_G2).subtract(G2.Point.BASE.multiplyUnsafe(zScalar!)) },
  ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
  if (pairs.length === 0) return true;
  return fields.Fp12.eql(bls12_381.pairingBatch(pairs), fields.Fp12.ONE);
}

function pointOf(hex: string) {
  try {
    const point = G1.Point.fromBytes(hexToBytes(hex));
    point.assertValidity();
    return point;
  } catch {
    return undefined;
  }
}
