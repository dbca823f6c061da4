export { createSigner, type PermittedSigner, type Signer, type SignerPorts } from "./createSigner.ts";
export { measureSigner } from "./measureSigner.ts";
export { createDigestOperation, createMessageOperation } from "./messageOperation.ts";
export { type ClientAccess, openRemoteSigner, readClientAccess } from "./openRemoteSigner.ts";
export { openSharedRecord, type SharedRecord, type SignedPosition } from "./openSharedRecord.ts";
export { RemoteSigner, type RemoteSignerOptions } from "./RemoteSigner.ts";
export {
  CLIENT_NAME,
  type Permission,
  parseAccess,
  parseHeldKeys,
  type SignerAccess,
  type SignerOperation,
} from "./SignerAccess.ts";
export type { SignerKey, SignerKeys } from "./SignerKey.ts";
export type { AdmittedRequest, SigningOperation, SigningRequest } from "./SigningOperation.ts";
export { loadKeys, type NewKey, reencryptKeys, storeKey, writeDurably } from "./systemKeyDirectory.ts";
export { type Lease, type LeasePorts, openLease, systemInstance, systemMachine } from "./systemLease.ts";
export {
  openSignerServer,
  type SignerRoute,
  type SignerServer,
  type SignerServerOptions,
  type SignerTls,
} from "./systemSignerServer.ts";
export { type OpenedKeys, withHeldKeys } from "./withHeldKeys.ts";
