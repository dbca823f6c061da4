import { contentDigest } from "./contentDigest.ts";
import type { SignableRequest } from "./SignableRequest.ts";
import { type SignatureKey, signWith } from "./SignatureKey.ts";
import { signatureBase } from "./signatureBase.ts";
import { formatBytes, formatSignatureInput, type ParameterValue } from "./structuredFields.ts";

export const COVERED_COMPONENTS = ["@method", "@authority", "@path", "@query"] as const;

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
  const digest = body === undefined ? {} : { "content-digest": contentDigest(body) };
  const input = {
    components: [...COVERED_COMPONENTS, ...Object.keys(digest)],
    parameters: new Map<string, ParameterValue>([
      ["created", createdS],
      ["nonce", nonce],
      ["keyid", key.id],
    ]),
  };
  const signed = { ...request, headers: { ...request.headers, ...digest } };
  const signature = signWith(key, signatureBase(signed, input));
  return {
    ...digest,
    "signature-input": `trellis=${formatSignatureInput(input)}`,
    signature: `trellis=${formatBytes(signature)}`,
  };
}
