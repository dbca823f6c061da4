import { type CustomPrecompile, EVMError } from "@ethereumjs/evm";
import { createAddressFromBigInt } from "@ethereumjs/util";
import { mlDsa44, mlDsa65 } from "@trellis/crypto";

const ADDRESS = 0x12n;
/** EIP-8051 (draft), scaled to ML-DSA-65. */
const GAS = 4_500n;
const GAS_65 = 7_200n;
const MESSAGE_SIZE = 32;
const WORD_SIZE = 32;
const NO_BYTES = new Uint8Array(0);
const OUT_OF_GAS = new EVMError(EVMError.errorMessages.OUT_OF_GAS);

/** Input: message, signature, key. */
export const mlDsaPrecompile: CustomPrecompile = {
  address: createAddressFromBigInt(ADDRESS),
  function({ data, gasLimit }) {
    const input65 = MESSAGE_SIZE + mlDsa65.signatureSize + mlDsa65.publicKeySize;
    const gas = data.length === input65 ? GAS_65 : GAS;
    if (gasLimit < gas)
      return { executionGasUsed: gasLimit, returnValue: NO_BYTES, exceptionError: OUT_OF_GAS };
    const returnValue = new Uint8Array(WORD_SIZE);
    returnValue[WORD_SIZE - 1] = isVerified(data) ? 1 : 0;
    return { executionGasUsed: gas, returnValue };
  },
};

function isVerified(data: Uint8Array): boolean {
  for (const scheme of [mlDsa44, mlDsa65]) {
    const keyStart = MESSAGE_SIZE + scheme.signatureSize;
    if (data.length !== keyStart + scheme.publicKeySize) continue;
    try {
      return scheme.verify(
        data.slice(0, MESSAGE_SIZE),
        data.slice(MESSAGE_SIZE, keyStart),
        data.slice(keyStart),
      );
    } catch {
      return false;
    }
  }
  return false;
}
