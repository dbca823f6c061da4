export { tlsErrors } from "./errors.ts";
export { fingerprintOf, fingerprintOfCertificate } from "./fingerprint.ts";
export { createTrustedAgent, type TrustedAgentOptions } from "./systemTrustedAgent.ts";
export { createTrustedFetch } from "./systemTrustedFetch.ts";
export { PIN, type Trust } from "./Trust.ts";
export { untrustedPeer } from "./untrustedPeer.ts";
