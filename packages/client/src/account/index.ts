export { systemRandom } from "@trellis/base";
export {
  type AccountAlgorithm,
  type AccountKey,
  type AccountKeyFile,
  accountKeyAddress,
  accountKeyFromSecret,
  accountKeyId,
  accountKeystoreToJson,
  type DeriveKey,
  deriveInBrowser,
  encryptAccountKey,
  isAccountAlgorithm,
  newAccountSecret,
  parseAccountKeyFile,
} from "@trellis/crypto/account";
export { clientErrors } from "../errors.ts";
export type { ChainClient } from "../evm/ChainClient.ts";
export { createRpcChainClient } from "../evm/createRpcChainClient.ts";
export type { RpcRequest } from "../evm/createRpcChainView.ts";
export { type EndpointOptions, openRpcEndpoint } from "../evm/openRpcEndpoint.ts";
export { waitForFinality } from "../finality/waitForFinality.ts";
export type { Call } from "../sending/createSender.ts";
export type { PreparedTransaction } from "../sending/PreparedTransaction.ts";
export { type KeyAgileTransaction, signatureGas, signKeyAgile } from "./keyAgile.ts";
export { KEY_REGISTRY, keyRegistryAbi } from "./keyRegistry.ts";
export { type SignedHash, signAccountHash, verifySignedHash } from "./messageSignature.ts";
export { type AccountClient, type AccountOptions, type AccountStatus, openAccount } from "./openAccount.ts";
export { type AccountState, readAccount } from "./readAccount.ts";
export { toKeyAgileAccount } from "./toKeyAgileAccount.ts";
