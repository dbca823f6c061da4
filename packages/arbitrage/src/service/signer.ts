export { GAS_MAX } from "./openMarket.ts";
export { openWalletKey } from "./openWalletKey.ts";
export { followSignerSecrets } from "./signerSecret.ts";
