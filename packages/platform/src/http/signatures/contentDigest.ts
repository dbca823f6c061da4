import { createHash, timingSafeEqual } from "node:crypto";
import { formatDigest } from "@trellis/crypto/httpSignatures";
import { httpErrors } from "../errors.ts";
import { parseByteDictionary } from "./structuredFields.ts";

const HASHES = { "sha-256": "sha256", "sha-512": "sha512" } as const;

interface BodyDigests {
  readonly sha256: Uint8Array;
  readonly sha512: Uint8Array;
}

/** RFC 9530. */
export function contentDigest(body: Uint8Array): string {
  return formatDigest(sha256(body));
}

export function sha256(body: Uint8Array): Uint8Array {
  return createHash("sha256").update(body).digest();
}

/** All known digests (at least one) must match. @throws CONTENT_DIGEST_MISMATCH, SIGNATURE_INVALID */
export function requireContentDigest(field: string, body: Uint8Array): void {
  requireDigests(field, { sha256: sha256(body), sha512: createHash("sha512").update(body).digest() });
}

export function requireDigests(field: string, body: BodyDigests): void {
  const given = parseByteDictionary(field);
  let matching = 0;
  for (const [name, hash] of Object.entries(HASHES)) {
    const digest = given.get(name);
    if (digest === undefined) continue;
    const expected = body[hash];
    if (digest.length !== expected.length || !timingSafeEqual(digest, expected)) {
      throw httpErrors.CONTENT_DIGEST_MISMATCH({ algorithm: name });
    }
    matching++;
  }
  if (matching === 0) throw httpErrors.CONTENT_DIGEST_MISMATCH({ algorithm: [...given.keys()].join(" ") });
}
