import { createHash, timingSafeEqual } from "node:crypto";
import { httpErrors } from "../errors.ts";
import { formatBytes, parseByteDictionary } from "./structuredFields.ts";

const HASHES = { "sha-256": "sha256", "sha-512": "sha512" } as const;

/** The header Content-Digest of RFC 9530 for a body. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=${formatBytes(createHash("sha256").update(body).digest())}`;
}

/**
 * Every digest of a known kind must fit, and there must be one.
 * @throws CONTENT_DIGEST_MISMATCH, SIGNATURE_MALFORMED
 */
export function requireContentDigest(field: string, body: Uint8Array): void {
  const given = parseByteDictionary(field);
  let matching = 0;
  for (const [name, hash] of Object.entries(HASHES)) {
    const digest = given.get(name);
    if (digest === undefined) continue;
    const expected = createHash(hash).update(body).digest();
    if (digest.length !== expected.length || !timingSafeEqual(digest, expected)) {
      throw httpErrors.CONTENT_DIGEST_MISMATCH({ algorithm: name });
    }
    matching++;
  }
  if (matching === 0) throw httpErrors.CONTENT_DIGEST_MISMATCH({ algorithm: [...given.keys()].join(" ") });
}
