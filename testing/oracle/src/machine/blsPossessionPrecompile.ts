import { type CustomPrecompile, EVMError } from "@ethereumjs/evm";
import { createAddressFromBigInt } from "@ethereumjs/util";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { concatBytes } from "@trellis/base";

const ADDRESS = 0x13n;
/** EIP-2537's costs of a two-pair pairing check, of hashing to G2, and of a map per decompressed point. */
const GAS = 37_700n + 2n * 32_600n + (2n * 23_800n + 600n) + (5_500n + 23_800n);
const [KEY_SIZE, PROOF_SIZE, OWNER_SIZE, WORD_SIZE] = [48, 96, 20, 32];
const NO_BYTES = new Uint8Array(0);
const OUT_OF_GAS = new EVMError(EVMError.errorMessages.OUT_OF_GAS);
const POSSESSION = new TextEncoder().encode("trellis: proof of possession\0");
const DOMAIN = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

export const blsPossessionPrecompile: CustomPrecompile = {
  address: createAddressFromBigInt(ADDRESS),
  function({ data, gasLimit }) {
    if (gasLimit < GAS)
      return { executionGasUsed: gasLimit, returnValue: NO_BYTES, exceptionError: OUT_OF_GAS };
    const returnValue = new Uint8Array(WORD_SIZE);
    returnValue[WORD_SIZE - 1] = isProven(data) ? 1 : 0;
    return { executionGasUsed: GAS, returnValue };
  },
};

function isProven(data: Uint8Array): boolean {
  if (data.length !== KEY_SIZE + PROOF_SIZE + OWNER_SIZE) return false;
  const key = data.slice(0, KEY_SIZE);
  const proof = data.slice(KEY_SIZE, KEY_SIZE + PROOF_SIZE);
  const owner = data.slice(KEY_SIZE + PROOF_SIZE);
  const { longSignatures } = bls12_381;
  try {
    return longSignatures.verify(
      proof,
      longSignatures.hash(concatBytes(POSSESSION, key, owner), DOMAIN),
      key,
    );
  } catch {
    return false;
  }
}
