export { type CheckedIdentity, checkIdentity } from "./checkIdentity.ts";
export {
  type CertificatePorts,
  type CertificateUse,
  createAuthority,
  type Issued,
  issueCertificate,
} from "./createCertificates.ts";
export { commonNameOf, HANDSHAKE_MS, type ServerIdentity, secureOptions } from "./secureOptions.ts";
export { FORWARDED_NAME, forwardedName, nameForwardedIn } from "./systemForwardedName.ts";
export { ListenerTls, type ListenerTlsPorts, peerNameOf } from "./systemListenerTls.ts";
export { type ProcessTrust, trustInProcess } from "./systemTrust.ts";
