// Browser entry point: imports no native library and no Node.js module.

export type { DeriveKey } from "../keystore/Keystore.ts";
export type { ScryptCost } from "../keystore/keystoreJson.ts";
export {
  ACCOUNT_ALGORITHMS,
  type AccountAlgorithm,
  type AccountKey,
  accountKeyAddress,
  accountKeyFromSecret,
  accountKeyId,
  isAccountAlgorithm,
  isAccountPublicKey,
  newAccountSecret,
  recoverAccountKey,
  verifyAccountSignature,
} from "./AccountKey.ts";
export type { AccountKeyFile } from "./AccountKeyFile.ts";
export type { AccountKeystore } from "./AccountKeystore.ts";
export { deriveInBrowser } from "./deriveInBrowser.ts";
export { accountKeystoreToJson, encryptAccountKey } from "./encryptAccountKey.ts";
export { parseAccountKeyFile } from "./parseAccountKeyFile.ts";
