export {
  BLS_PUBLIC_KEY_SIZE,
  BLS_SIGNATURE_SIZE,
  blsAggregate,
  blsProvePossession,
  blsPublicKey,
  blsSecretFromSeed,
  blsSign,
  blsVerify,
  blsVerifyAggregate,
  blsVerifyEach,
  blsVerifyPossession,
} from "./bls/bls.ts";
export { cryptoErrors } from "./errors.ts";
export { blake3 } from "./hashes/blake3.ts";
export { keccak256, keccak256Hex } from "./hashes/keccak256.ts";
export { sha256 } from "./hashes/sha256.ts";
export { accountsFromMnemonic } from "./hd/derive.ts";
export {
  type BlsKeystore,
  blsKeystoreToJson,
  decryptBlsKeystore,
  encryptBlsKeystore,
  parseBlsKeystore,
} from "./keystore/blsKeystore.ts";
export { decryptKeystore } from "./keystore/decryptKeystore.ts";
export { deriveKey } from "./keystore/deriveKey.ts";
export { encryptKeystore, keystoreToJson } from "./keystore/encryptKeystore.ts";
export { type KeyDerivation, type Keystore, keystoreLimits } from "./keystore/Keystore.ts";
export type { ScryptCost } from "./keystore/keystoreJson.ts";
export { parseKeystore } from "./keystore/parseKeystore.ts";
export { type MlDsa, mlDsa44, mlDsa65 } from "./mldsa/mlDsa.ts";
export { createRecoveryPool, type RecoveryPool } from "./recovery/createRecoveryPool.ts";
export type { RecoveryRequest } from "./recovery/packedRecovery.ts";
export { checksumAddress } from "./secp256k1/checksumAddress.ts";
export { derToSignature } from "./secp256k1/derSignature.ts";
export { findParity } from "./secp256k1/findParity.ts";
export {
  checkPrivateKey,
  privateKeyToAddress,
  publicKeyFromPrivate,
  publicKeyToAddress,
} from "./secp256k1/keys.ts";
export { recoverAddress, recoverCompact, recoverPublicKey } from "./secp256k1/recover.ts";
export { sign } from "./secp256k1/sign.ts";
export {
  checkSignature,
  SECP256K1_HALF_ORDER,
  SECP256K1_ORDER,
  type Signature,
} from "./secp256k1/signature.ts";
export { verify } from "./secp256k1/verify.ts";
export { createLocalSigner, type Signer } from "./signer/Signer.ts";
export { BatchPool } from "./workers/BatchPool.ts";
export { lowerPriority } from "./workers/lowerPriority.ts";
export { serveMessages } from "./workers/serveMessages.ts";
export { type Answer, serveTasks } from "./workers/serveTasks.ts";
export { isOutOfMemory, type StartedWorker, startWorker } from "./workers/startWorker.ts";
export { type AnswerLimit, type VitalWorkers, WorkerPool } from "./workers/WorkerPool.ts";
