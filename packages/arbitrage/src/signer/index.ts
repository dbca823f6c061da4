export { createPolicySigner, type PolicySigner, type PolicySignerPorts } from "./createPolicySigner.ts";
export { createSignerClient, type SignerClient, walletOfSigner } from "./createSignerClient.ts";
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
