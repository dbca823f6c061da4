export { createPolicySigner, type PolicySigner, type PolicySignerPorts } from "./createPolicySigner.ts";
export { createSignerClient, type SignerClient, walletOfSigner } from "./createSignerClient.ts";
export { createVaultTransit, type VaultOptions, type VaultTransit } from "./keys/createVaultTransit.ts";
export { createDigestKey, type DigestHolder } from "./keys/DigestHolder.ts";
export type { KeyServiceHttp } from "./keys/KeyServiceHttp.ts";
export { openRemoteKey } from "./keys/openRemoteKey.ts";
export { openKeyServiceHttp } from "./keys/systemKeyServiceHttp.ts";
export { isExecute } from "./refusalOf.ts";
export type { SignerPolicy } from "./SignerPolicy.ts";
export {
  openSignerPort,
  parseSignerAddress,
  type SignerAddress,
  type SignerPort,
  signerConnector,
} from "./systemSignerSocket.ts";
export { createHeldKey, type WalletKey } from "./WalletKey.ts";
