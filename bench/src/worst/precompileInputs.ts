import { bigintToBytes, concatBytes } from "@trellis/base";
import { type MlDsa, mlDsa44, mlDsa65 } from "@trellis/crypto";
import { trellisPrecompiles } from "@trellis/evm";
import { FORKS } from "@trellis/protocol";
import {
  BLS_G1,
  blsAddition,
  blsMap,
  blsPairing,
  blsProducts,
  bn254Multiple,
  mlDsaInput,
  modexpInput,
  PRECOMPILE_GAS_MAX,
  p256Input,
  pairingInput,
  pointEvaluationInput,
  possessionInput,
  recoveryInput,
  word,
} from "../precompileInput.ts";
import { Draws } from "./Draws.ts";

export interface PrecompileInput {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** Limits the gas of failing inputs, which consume all of it. */
  readonly gas?: number | undefined;
  readonly freeAt?: number;
}

type Input = (seed: number, size: number) => PrecompileInput;

const BLS_G1_INFINITY = concatBytes(Uint8Array.of(0xc0), new Uint8Array(47));

const HASH_SIZES = [0, 32, 55, 56, 64, 136, 4_096, 65_536];
/** The discount of EIP-2537 ends at 128. */
const PRODUCTS = [1, 2, 4, 5, 16, 32, 64, 128];
const PAIRS = [1, 2, 3, 4, 6, 8, 12, 16];
const ROUNDS = [0, 1, 2, 12, 100, 1_000, 10_000, 100_000];
const MODEXP_SIZES = [1, 8, 31, 32, 33, 64, 128, 256, 512, 1_024];

/** Inputs that are valid or rejected late. */
export const INPUTS: Readonly<Record<string, Input>> = {
  "ecrecover, valid": (seed) => ecrecover(seed),
  "ecrecover, random": (seed) => ({
    id: 1,
    bytes: concatBytes(new Draws(seed).bytes(32), word(27), new Draws(seed + 1).bytes(64)),
    freeAt: 0,
  }),
  sha256: (seed, size) => hashed(2, seed, size),
  ripemd160: (seed, size) => hashed(3, seed, size),
  identity: (seed, size) => hashed(4, seed, size),
  "modexp, odd modulus": (seed) => modexp(seed, 1),
  "modexp, even modulus": (seed) => modexp(seed, 0),
  "bn254 addition": (seed) => ({ id: 6, bytes: concatBytes(multiple(seed), multiple(seed + 1)) }),
  "bn254 addition to itself": (seed) => ({ id: 6, bytes: concatBytes(multiple(seed), multiple(seed)) }),
  "bn254 multiplication": (seed) => ({
    id: 7,
    bytes: concatBytes(multiple(seed), new Uint8Array(32).fill(255)),
    freeAt: 64,
  }),
  "bn254 multiplication by a large number": (seed) => ({
    id: 7,
    bytes: concatBytes(multiple(seed), new Uint8Array(32).fill(0xfd)),
  }),
  "bn254 pairing": (seed, size) => pairing(seed, PAIRS[size]!),
  blake2f: (seed, size) => ({
    id: 9,
    bytes: concatBytes(
      bigintToBytes(BigInt(ROUNDS[size]!), 4),
      new Draws(seed).bytes(208),
      Uint8Array.of(seed & 1),
    ),
    freeAt: 68,
  }),
  "point evaluation, valid": (seed) => pointEvaluation(seed, 1n, BLS_G1_INFINITY),
  "point evaluation, wrong": (seed) => pointEvaluation(seed, 3n, BLS_G1),
  "BLS12-381 G1 addition": (seed) => blsAddition("G1", seed),
  "BLS12-381 G1 products": (seed, size) => blsProducts("G1", seed, PRODUCTS[size]!),
  "BLS12-381 G1 products, last outside the subgroup": (seed, size) => ({
    ...blsProducts("G1", seed, PRODUCTS[size]!, true),
    gas: priceOf(0x0c, blsProducts("G1", seed, PRODUCTS[size]!).bytes),
  }),
  "BLS12-381 G2 addition": (seed) => blsAddition("G2", seed),
  "BLS12-381 G2 products": (seed, size) => blsProducts("G2", seed, PRODUCTS[size]!),
  "BLS12-381 pairing": (seed, size) => blsPairing(seed, PAIRS[size]!),
  "BLS12-381 map to G1": (seed) => blsMap("G1", seed),
  "BLS12-381 map to G2": (seed) => blsMap("G2", seed),
  "P-256": (seed) => p256(seed),
  "ML-DSA-44, valid": (seed) => mlDsa(mlDsa44, seed, false),
  "ML-DSA-44, wrong": (seed) => mlDsa(mlDsa44, seed, true),
  "ML-DSA-65, valid": (seed) => mlDsa(mlDsa65, seed, false),
  "ML-DSA-65, wrong": (seed) => mlDsa(mlDsa65, seed, true),
  "possession, valid": (seed) => possession(seed, false),
  "possession, wrong": (seed) => possession(seed, true),
};

function ecrecover(seed: number): PrecompileInput {
  const draws = new Draws(seed);
  const hash = draws.bytes(32);
  return { id: 1, bytes: recoveryInput(hash, draws.bytes(32)), freeAt: 0 };
}

function hashed(id: number, seed: number, size: number): PrecompileInput {
  const bytes = new Draws(seed).bytes(HASH_SIZES[size]!);
  return bytes.length < 32 ? { id, bytes } : { id, bytes, freeAt: 0 };
}

function modexp(seed: number, lowestBit: number): PrecompileInput {
  const draws = new Draws(seed);
  const [base, modulus] = [draws.pick(MODEXP_SIZES), draws.pick(MODEXP_SIZES)];
  const exponentSize = draws.pick([1, 2, 3, 8, 32, 33, 64, 256]);
  const exponent = draws.isBelow(0.5) ? new Uint8Array(exponentSize).fill(0xff) : sparse(exponentSize, draws);
  const modulusBytes = draws.isBelow(0.5) ? new Uint8Array(modulus).fill(0xff) : draws.bytes(modulus);
  modulusBytes[0]! |= 0x80;
  modulusBytes[modulus - 1] = (modulusBytes[modulus - 1]! & 0xfe) | lowestBit;
  const baseBytes = draws.isBelow(0.5) ? new Uint8Array(base).fill(0xff) : draws.bytes(base);
  const bytes = modexpInput(baseBytes, exponent, modulusBytes);
  return base < 32 ? { id: 5, bytes } : { id: 5, bytes, freeAt: 96 };
}

/** Leading zeros make the exponent cheap for its length. */
function sparse(size: number, draws: Draws): Uint8Array {
  const exponent = draws.bytes(size);
  exponent.fill(0, 0, Math.min(draws.integer(33), size - 1));
  return exponent;
}

function multiple(seed: number): Uint8Array {
  return bn254Multiple(new Draws(seed).bytes(32));
}

function pairing(seed: number, pairs: number): PrecompileInput {
  return { id: 8, bytes: pairingInput(Array.from({ length: pairs }, (_, index) => multiple(seed + index))) };
}

/** Constant polynomial 1, with its proof at infinity. Only the pairing rejects another value or proof. */
function pointEvaluation(seed: number, value: bigint, proof: Uint8Array): PrecompileInput {
  const bytes = pointEvaluationInput(BigInt(seed), value, proof);
  const valid = pointEvaluationInput(BigInt(seed), 1n, BLS_G1_INFINITY);
  return { id: 10, bytes, gas: priceOf(10, valid), freeAt: 32 };
}

/** Caches signatures: signing is randomised, but inputs must be reproducible. */
const signatures = new Map<string, Uint8Array>();

function mlDsa(scheme: MlDsa, seed: number, isWrong: boolean): PrecompileInput {
  const draws = new Draws(seed);
  const [message, key] = [draws.bytes(32), draws.bytes(32)];
  const name = `${scheme.name} ${seed}`;
  const signature = signatures.get(name) ?? scheme.sign(message, key);
  signatures.set(name, signature);
  const bytes = mlDsaInput(scheme, message, key, signature);
  return isWrong ? { id: 0x12, bytes, freeAt: 0 } : { id: 0x12, bytes };
}

function p256(seed: number): PrecompileInput {
  const draws = new Draws(seed);
  return { ...p256Input(draws.bytes(32), draws.bytes(32)), freeAt: 0 };
}

function possession(seed: number, isWrong: boolean): PrecompileInput {
  const draws = new Draws(seed);
  const bytes = possessionInput(draws.bytes(32), draws.bytes(20));
  // A changed proof would not be a curve point.
  return isWrong
    ? { id: 0x13, bytes: concatBytes(bytes.subarray(0, 144), draws.bytes(20)) }
    : { id: 0x13, bytes };
}

const precompiles = trellisPrecompiles(FORKS.osaka);

function priceOf(id: number, valid: Uint8Array): number | undefined {
  return precompiles.get(id)!(valid, PRECOMPILE_GAS_MAX)?.gasUsed;
}
