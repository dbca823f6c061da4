import { blsPossession } from "./blsPossession.ts";
import { bn254Add, bn254Mul, bn254Pairing } from "./bn254.ts";
import { ecrecover } from "./ecrecover.ts";
import { ripemd160, sha256 } from "./hashes.ts";
import { mlDsaVerify } from "./mlDsaVerify.ts";
import { modexp, modexpOsaka } from "./modexp.ts";
import type { Precompile } from "./Precompile.ts";
import { pointEvaluation } from "./pointEvaluation.ts";
import { atPrice, TRELLIS_PRICE_PERCENT } from "./prices.ts";

/**
 * Ethereum's precompiled contracts (Cancun) by address; identity (0x04), BLAKE2 (0x09) and small cases
 * of modular exponentiation (0x05) are in the core.
 */
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

/** Ethereum's at Ethereum's prices, ML-DSA verification at the draft's, and proofs of possession of validators' keys. */
export const CANCUN_PRICED_PRECOMPILES: ReadonlyMap<number, Precompile> = new Map([
  ...CANCUN_PRECOMPILES,
  [0x12, mlDsaVerify],
  [0x13, blsPossession],
]);

/** The same at what Trellis networks charge. */
export const PRECOMPILES: ReadonlyMap<number, Precompile> = new Map(
  [...CANCUN_PRICED_PRECOMPILES, [0x05, modexpOsaka] as const].map(([id, precompile]) => {
    const percent = TRELLIS_PRICE_PERCENT.get(id);
    return [id, percent === undefined ? precompile : atPrice(precompile, percent)];
  }),
);

/** Whether the core prices its cases of modular exponentiation by EIP-7883, as the host does. */
export function repricesModexp(precompiles: ReadonlyMap<number, Precompile>): boolean {
  return precompiles.get(0x05) === modexpOsaka;
}
