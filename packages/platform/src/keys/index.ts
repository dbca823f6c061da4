export {
  createVaultTransit,
  type VaultOptions,
  type VaultTransit,
} from "../keyServices/createVaultTransit.ts";
export { signerErrors } from "../keyServices/errors.ts";
export type { KeyServiceHttp } from "../keyServices/KeyServiceHttp.ts";
export { openKeyServiceHttp } from "../keyServices/openKeyServiceHttp.ts";
export { type KeyWrapping, passphraseWrapping, vaultWrapping, wrappedKey } from "../secrets/KeyWrapping.ts";
export { ALGORITHMS, type Algorithm, DIGEST_SIZES, signatureToBytes } from "./algorithms.ts";
export { createKeyHolder, type KeySource } from "./createKeyHolder.ts";
export { type KeystoreOptions, openKeystoreHolder } from "./holders/openKeystoreHolder.ts";
export { openPkcs11Holder, type Pkcs11Options } from "./holders/openPkcs11Holder.ts";
export { openVaultHolder, type VaultHolderOptions } from "./holders/openVaultHolder.ts";
export { openWeb3SignerHolder } from "./holders/openWeb3SignerHolder.ts";
export { type ListedKey, listDataDirectory } from "./inventory/listDataDirectory.ts";
export {
  KEY_ALGORITHMS,
  KEY_PURPOSES,
  type KeyAlgorithm,
  type KeyDescription,
  type KeyHolder,
  type KeyPurpose,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from "./KeyHolder.ts";
export { KEY_URI_FORMS, type KeyUri, parseKeyUri } from "./KeyUri.ts";
export { LocalKey } from "./LocalKey.ts";
export { type AccountKey, openAccountKey } from "./openAccountKey.ts";
export { type OpenedKey, openKeyUri, openWrapping } from "./openKeyUri.ts";
export { type RawPublicKey, readPublicKey } from "./publicKeys.ts";
export {
  createRing,
  isReplaced,
  type KeyRing,
  keysOf,
  type RetiredKey,
  RING_ALGORITHMS,
  RING_PURPOSES,
  type RingKey,
  type RingPurpose,
  ringKey,
  withNewKey,
  withoutKey,
} from "./ring/KeyRing.ts";
export {
  changeRing,
  keyRingFile,
  openRing,
  readReencrypted,
  serviceKeyFile,
  writeReencrypted,
} from "./ring/openRing.ts";
export { listRingKeys, readRingFile, ringToText, textToRing, writeKeyFile } from "./ring/ringFile.ts";
export { bytesToSignature, signKeccak } from "./signatures.ts";
