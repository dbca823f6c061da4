import { BLS_PUBLIC_KEY_SIZE, BLS_SIGNATURE_SIZE, blsVerifyPossession } from "@trellis/crypto";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";

const OWNER_SIZE = 20;
const INPUT_SIZE = BLS_PUBLIC_KEY_SIZE + BLS_SIGNATURE_SIZE + OWNER_SIZE;

/** Price of a pairing check (EIP-2537): fixed, and per pair. */
const PAIRING_GAS = 37_700;
const PAIR_GAS = 32_600;
/** Also charged for decompression, which computes a square root too. */
const MAP_TO_G1_GAS = 5_500;
const MAP_TO_G2_GAS = 23_800;
const ADD_G2_GAS = 600;
/** Two pairs, hashing to G2 (RFC 9380), and decompression of both inputs. */
const GAS = PAIRING_GAS + 2 * PAIR_GAS + (2 * MAP_TO_G2_GAS + ADD_G2_GAS) + (MAP_TO_G1_GAS + MAP_TO_G2_GAS);

/** Priced like EIP-2537. Input: key (48 bytes), proof (96), owner's address (20). Output: 1 or 0 as a word. [EVM-12] */
export const blsPossession: Precompile = (input, gas) => {
  if (gas < GAS) return { gasUsed: GAS, output: NO_OUTPUT };
  const output = new Uint8Array(32);
  const ownerAt = BLS_PUBLIC_KEY_SIZE + BLS_SIGNATURE_SIZE;
  const [key, proof, owner] = [
    input.slice(0, BLS_PUBLIC_KEY_SIZE),
    input.slice(BLS_PUBLIC_KEY_SIZE, ownerAt),
    input.slice(ownerAt),
  ] as [Uint8Array, Uint8Array, Uint8Array];
  if (input.length === INPUT_SIZE && blsVerifyPossession(key, owner, proof)) output[31] = 1;
  return { gasUsed: GAS, output };
};
