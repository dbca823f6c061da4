import { NO_OUTPUT, type Precompile, padded } from "./Precompile.ts";
import { readPairingOutput, runPairing } from "./pairingModule.ts";

/** Gas of EIP-1108. */
const ADD_GAS = 150;
const MUL_GAS = 6000;
const PAIRING_GAS = 45_000;
const PAIR_GAS = 34_000;
const PAIR_SIZE = 192;
const POINT_SIZE = 64;

/** 0x06: addition on alt_bn128 (EIP-196). */
export const bn254Add: Precompile = (input, gas) => {
  if (gas < ADD_GAS) return { gasUsed: ADD_GAS, output: NO_OUTPUT };
  if (runPairing("bn254", padded(input, 2 * POINT_SIZE), 0, (curve) => curve.add()) === undefined)
    return undefined;
  return { gasUsed: ADD_GAS, output: readPairingOutput("bn254", POINT_SIZE) };
};

/** 0x07: multiplication by a scalar (EIP-196). */
export const bn254Mul: Precompile = (input, gas) => {
  if (gas < MUL_GAS) return { gasUsed: MUL_GAS, output: NO_OUTPUT };
  const bytes = padded(input, POINT_SIZE + 32);
  if (runPairing("bn254", bytes, 0, (curve) => curve.multiply()) === undefined) return undefined;
  return { gasUsed: MUL_GAS, output: readPairingOutput("bn254", POINT_SIZE) };
};

/** 0x08: whether a product of pairings is one (EIP-197). */
export const bn254Pairing: Precompile = (input, gas) => {
  if (input.length % PAIR_SIZE !== 0) return undefined;
  const count = input.length / PAIR_SIZE;
  const gasUsed = PAIRING_GAS + PAIR_GAS * count;
  if (gas < gasUsed) return { gasUsed, output: NO_OUTPUT };
  const isOne = runPairing("bn254", input, count, (curve) => curve.checkPairing(count));
  if (isOne === undefined) return undefined;
  const output = new Uint8Array(32);
  output[31] = isOne ? 1 : 0;
  return { gasUsed, output };
};
