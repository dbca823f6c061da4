export { GAS_MAX } from "./openMarket.ts";
export { openWalletKey, requireOwner } from "./openWalletKey.ts";
export { followSignerSecrets } from "./signerSecret.ts";
