export { createTrustedFetch, fingerprintOfCertificate, type Trust } from "@trellis/crypto/tls";
