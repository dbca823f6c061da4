import type { Fork } from "@trellis/protocol";
import { bls12381 } from "./bls12381.ts";
import { blsPossession } from "./blsPossession.ts";
import { bn254Add, bn254Mul, bn254Pairing } from "./bn254.ts";
import { ecrecover } from "./ecrecover.ts";
import { ripemd160, sha256 } from "./hashes.ts";
import { mlDsaVerify } from "./mlDsaVerify.ts";
import { MODEXP_OSAKA_GAS_MIN, modexp, modexpAtOsakaPrice, modexpOsaka } from "./modexp.ts";
import type { Precompile } from "./Precompile.ts";
import { p256Verify } from "./p256Verify.ts";
import { pointEvaluation } from "./pointEvaluation.ts";
import { atPrice, TRELLIS_PRICE_PERCENT } from "./prices.ts";

export type PrecompilesOf = (fork: Fork) => ReadonlyMap<number, Precompile>;

/** EIP-7951. */
export const P256_VERIFY = 0x100;

const CANCUN: readonly (readonly [number, Precompile])[] = [
  [0x01, ecrecover],
  [0x02, sha256],
  [0x03, ripemd160],
  [0x05, modexp],
  [0x06, bn254Add],
  [0x07, bn254Mul],
  [0x08, bn254Pairing],
  [0x0a, pointEvaluation],
];

const BLS12_381: readonly (readonly [number, Precompile])[] = [
  [0x0b, bls12381.addG1],
  [0x0c, bls12381.multiplyG1],
  [0x0d, bls12381.addG2],
  [0x0e, bls12381.multiplyG2],
  [0x0f, bls12381.checkPairing],
  [0x10, bls12381.mapToG1],
  [0x11, bls12381.mapToG2],
];

/** Excludes identity (0x04), BLAKE2 (0x09) and small modular exponentiation (0x05), which the core contains. */
export const ethereumPrecompiles: PrecompilesOf = ({ hasBls12381, hasOsakaModexp, hasP256Verify }) =>
  new Map([
    ...CANCUN,
    ...(hasBls12381 ? BLS12_381 : []),
    ...(hasOsakaModexp ? ([[0x05, modexpOsaka]] as const) : []),
    ...(hasP256Verify ? ([[P256_VERIFY, p256Verify]] as const) : []),
  ]);

/** Adds ML-DSA and proofs of possession, at Ethereum's and the drafts' prices. */
export const ethereumPricedPrecompiles: PrecompilesOf = (fork) =>
  new Map([...ethereumPrecompiles(fork), [0x12, mlDsaVerify], [0x13, blsPossession]]);

/** [EVM-18] */
export const trellisPrecompiles: PrecompilesOf = (fork) =>
  new Map(
    [...ethereumPricedPrecompiles(fork)].map(([id, precompile]) => {
      if (precompile === modexp) return [id, modexpAtOsakaPrice];
      const percent = TRELLIS_PRICE_PERCENT.get(id);
      return [id, percent === undefined ? precompile : atPrice(precompile, percent)];
    }),
  );

/** If true, the core must use EIP-7883 too. Asks for a price, because precompiles may be wrapped. */
export function repricesModexp(precompiles: ReadonlyMap<number, Precompile>): boolean {
  const priced = precompiles.get(0x05)?.(new Uint8Array(0), MODEXP_OSAKA_GAS_MIN);
  return priced?.gasUsed === MODEXP_OSAKA_GAS_MIN;
}
