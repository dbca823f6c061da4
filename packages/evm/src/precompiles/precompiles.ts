import { blsPossession } from "./blsPossession.ts";
import { bn254Add, bn254Mul, bn254Pairing } from "./bn254.ts";
import { ecrecover } from "./ecrecover.ts";
import { ripemd160, sha256 } from "./hashes.ts";
import { mlDsaVerify } from "./mlDsaVerify.ts";
import { modexp } from "./modexp.ts";
import type { Precompile } from "./Precompile.ts";
import { pointEvaluation } from "./pointEvaluation.ts";

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

/** Trellis's: Ethereum's, ML-DSA verification, and proofs of possession of validators' keys. */
export const PRECOMPILES: ReadonlyMap<number, Precompile> = new Map([
  ...CANCUN_PRECOMPILES,
  [0x12, mlDsaVerify],
  [0x13, blsPossession],
]);
