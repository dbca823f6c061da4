export { type Bip322Signature, decodeSignature } from "./bip322/decodeSignature.ts";
export {
  type Bip322Claim,
  type Bip322Verdict,
  type FundedCoin,
  verifyBip322,
} from "./bip322/verifyBip322.ts";
export { createToSign, createToSpend, messageHash } from "./bip322/virtualTransactions.ts";
export { addressToScript, type BitcoinNetwork, normalizeBitcoinAddress } from "./bitcoin/address.ts";
export { type BitcoinOutput, type BitcoinTransaction, txidOf } from "./bitcoin/transaction.ts";
export { assetsErrors } from "./errors.ts";
