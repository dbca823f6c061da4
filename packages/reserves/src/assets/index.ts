export { createContractWallets } from "./balances/createContractWallets.ts";
export type { Holding } from "./balances/Holding.ts";
export {
  type BalancesReport,
  type BalancesRequest,
  type HeldBalance,
  readBalances,
} from "./balances/readBalances.ts";
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
export { type Chain, type ChainId, parseChainId } from "./chainId.ts";
export type { Challenge } from "./challenge/Challenge.ts";
export { challengeToText, normalizeChainAddress, textToChallenge } from "./challenge/challengeText.ts";
export { typedChallenge, typedChallengeDigest } from "./challenge/typedChallenge.ts";
export { assetsErrors } from "./errors.ts";
export { normalizeEvmAddress } from "./evm/evmAddress.ts";
export { personalDigest, recoverSigner } from "./evm/recoverSigner.ts";
export type { ClaimOutcome, ClaimRegister, StandingClaim } from "./ownership/ClaimRegister.ts";
export type {
  ContractWallets,
  OwnershipClaim,
  OwnershipExpectation,
  OwnershipMethod,
} from "./ownership/OwnershipClaim.ts";
export { issueChallenge, registerClaim } from "./ownership/registerClaim.ts";
export { type OwnedAddress, verifyOwnership } from "./ownership/verifyOwnership.ts";
export type { ReserveAddress, ReserveAddresses } from "./ReserveAddress.ts";
