import { blsPossession } from "./blsPossession.ts";
import { bn254Add, bn254Mul, bn254Pairing } from "./bn254.ts";
import { ecrecover } from "./ecrecover.ts";
import { ripemd160, sha256 } from "./hashes.ts";
import { mlDsaVerify } from "./mlDsaVerify.ts";
import { modexp, modexpOsaka } from "./modexp.ts";
import type { Precompile } from "./Precompile.ts";
import { pointEvaluation } from "./pointEvaluation.ts";
import { atPrice, TRELLIS_PRICE_PERCENT } from "./prices.ts";

/** Excludes identity (0x04), BLAKE2 (0x09) and small modular exponentiation (0x05), which the core contains. */
export const CANCUN_PRECOMPILES: ReadonlyMap<number, Precompile> = new Map([
  [0x01, ecrecover],
  [0x02, sha256],
  [0x03, ripemd160],
  [0x05, modexp],
  [0x06, bn254Add],
  [0x07, bn254Mul],
  [0x08, bn254Pairing],
  [0x0a, pointEvaluation],
]);

/** Adds ML-DSA and proofs of possession, at Ethereum's and the drafts' prices. */
export const CANCUN_PRICED_PRECOMPILES: ReadonlyMap<number, Precompile> = new Map([
  ...CANCUN_PRECOMPILES,
  [0x12, mlDsaVerify],
  [0x13, blsPossession],
]);

export const PRECOMPILES: ReadonlyMap<number, Precompile> = new Map(
  [...CANCUN_PRICED_PRECOMPILES, [0x05, modexpOsaka] as const].map(([id, precompile]) => {
    const percent = TRELLIS_PRICE_PERCENT.get(id);
    return [id, percent === undefined ? precompile : atPrice(precompile, percent)];
  }),
);

/** If true, the core must use EIP-7883 too. */
export function repricesModexp(precompiles: ReadonlyMap<number, Precompile>): boolean {
  return precompiles.get(0x05) === modexpOsaka;
}
