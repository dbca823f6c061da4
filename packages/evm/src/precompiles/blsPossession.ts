import { BLS_PUBLIC_KEY_SIZE, BLS_SIGNATURE_SIZE, blsVerifyPossession } from "@trellis/crypto";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";

const OWNER_SIZE = 20;
const INPUT_SIZE = BLS_PUBLIC_KEY_SIZE + BLS_SIGNATURE_SIZE + OWNER_SIZE;

/** EIP-2537: a pairing check costs this, and this for each of its pairs. */
const PAIRING_GAS = 37_700;
const PAIR_GAS = 32_600;
/** What maps a field element to the group takes a root like decompressing does, and more. */
const MAP_TO_G1_GAS = 5_500;
const MAP_TO_G2_GAS = 23_800;
const ADD_G2_GAS = 600;
/** The verification's two pairs; hashing the message to G2, which is two maps and a sum (RFC 9380); and decompressing. */
const GAS = PAIRING_GAS + 2 * PAIR_GAS + (2 * MAP_TO_G2_GAS + ADD_G2_GAS) + (MAP_TO_G1_GAS + MAP_TO_G2_GAS);

/**
 * 0x13: whether a BLS12-381 key has proven its possession to an owner: 48 bytes of key, 96 bytes of proof, 20 bytes of
 * the owner's address; 1 or 0 as a word. The price is made of EIP-2537's. [EVM-12]
 */
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
