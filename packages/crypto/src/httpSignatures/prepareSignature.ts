import type { SignableRequest } from "./SignableRequest.ts";
import { signatureBase } from "./signatureBase.ts";
import { formatBytes, formatSignatureInput, type ParameterValue } from "./structuredFields.ts";

export const COVERED_COMPONENTS = ["@method", "@authority", "@path", "@query"] as const;

export interface SignatureTerms {
  readonly keyId: string;
  readonly createdS: number;
  /** 16 to 128 characters. */
  readonly nonce: string;
}

export interface PreparedSignature {
  readonly base: string;
  fields(signature: Uint8Array): Record<string, string>;
}

/** @param digest SHA-256 of the body; undefined without a body */
export function prepareSignature(
  request: SignableRequest,
  digest: Uint8Array | undefined,
  { keyId, createdS, nonce }: SignatureTerms,
): PreparedSignature {
  const added = digest === undefined ? {} : { "content-digest": formatDigest(digest) };
  const input = {
    components: [...COVERED_COMPONENTS, ...Object.keys(added)],
    parameters: new Map<string, ParameterValue>([
      ["created", createdS],
      ["nonce", nonce],
      ["keyid", keyId],
    ]),
  };
  const base = signatureBase({ ...request, headers: added }, input) ?? "";
  return {
    base,
    fields: (signature) => ({
      ...added,
      "signature-input": `trellis=${formatSignatureInput(input)}`,
      signature: `trellis=${formatBytes(signature)}`,
    }),
  };
}

/** Content-Digest (RFC 9530). */
export function formatDigest(sha256: Uint8Array): string {
  return `sha-256=${formatBytes(sha256)}`;
}
