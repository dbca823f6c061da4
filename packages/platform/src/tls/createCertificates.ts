import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { Clock, Random } from "@trellis/base";

/** PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
const LEAF_DAYS = 397;
/** Allows for clock differences. */
const BACKDATED_MS = 60_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** Passed explicitly, because the library's default provider is global. */
const CRYPTO = webcrypto as Crypto;

export interface CertificatePorts {
  readonly clock: Clock;
  readonly random: Random;
}

/** Keep the authority's key offline: it can issue certificates for any client. */
export async function createAuthority(name: string, { clock, random }: CertificatePorts): Promise<Issued> {
  const x509 = await import("@peculiar/x509");
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialOf(random),
      name: [{ CN: [name] }],
      ...validity(clock, AUTHORITY_DAYS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, CRYPTO),
      ],
    },
    CRYPTO,
  );
  return { certificate: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
}

export type CertificateUse =
  | { readonly kind: "client"; readonly name: string }
  | { readonly kind: "server"; readonly name: string; readonly hosts: readonly string[] };

/** Client certificates are not valid for servers, and vice versa. */
export async function issueCertificate(
  authority: Issued,
  use: CertificateUse,
  { clock, random }: CertificatePorts,
  days: number = LEAF_DAYS,
): Promise<Issued> {
  const x509 = await import("@peculiar/x509");
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const names = use.kind === "server" ? use.hosts : [use.name];
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialOf(random),
      subject: [{ CN: [use.name] }],
      issuer: issuer.subject,
      ...validity(clock, days),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: await importKey(authority.key),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([use.kind === "server" ? serverAuth : clientAuth], true),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, CRYPTO),
      ],
    },
    CRYPTO,
  );
  return { certificate: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function validity(clock: Clock, days: number) {
  const nowMs = clock.nowMs();
  return { notBefore: new Date(nowMs - BACKDATED_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

/** Serial numbers are positive (RFC 5280). */
function serialOf(random: Random): string {
  const bytes = random.bytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${bytes.match(/.{1,64}/g)!.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}
