import { prepareSignature, type SignableRequest } from "@trellis/crypto/httpSignatures";
import { sha256 } from "./contentDigest.ts";
import { type SignatureKey, signWith } from "./SignatureKey.ts";

export interface SigningOptions {
  readonly key: SignatureKey;
  readonly createdS: number;
  readonly nonce: string;
}

export function signRequest(
  request: SignableRequest,
  body: Uint8Array | undefined,
  { key, createdS, nonce }: SigningOptions,
): Record<string, string> {
  const digest = body === undefined ? undefined : sha256(body);
  const { base, fields } = prepareSignature(request, digest, { keyId: key.id, createdS, nonce });
  return fields(signWith(key, base));
}
