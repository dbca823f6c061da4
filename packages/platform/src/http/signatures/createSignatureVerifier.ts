import type { Clock } from "@trellis/base";
import {
  COVERED_COMPONENTS,
  type SignableRequest,
  type SignatureInput,
  signatureBase,
} from "@trellis/crypto/httpSignatures";
import { httpErrors } from "../errors.ts";
import { type SignatureKey, verifyWith } from "./SignatureKey.ts";
import { parseByteDictionary, parseSignatureInputs } from "./structuredFields.ts";

export interface NonceStore {
  /** False if the nonce was used and has not expired. */
  use(keyId: string, nonce: string, untilMs: number): Promise<boolean>;
}

export interface SignatureVerifierPorts {
  readonly findKey: (keyId: string) => Promise<SignatureKey | undefined>;
  readonly nonces: NonceStore;
  readonly clock: Clock;
}

export interface VerifiedSignature {
  readonly keyId: string;
  readonly coversBody: boolean;
}

export interface SignatureVerifier {
  /** If `hasBody`, the signature must cover Content-Digest. @throws the SIGNATURE_ codes */
  verify(request: SignableRequest, hasBody: boolean): Promise<VerifiedSignature>;
}

const AGE_MS_MAX = 300_000;
/** Maximum clock lead of clients and other processes. */
export const AHEAD_MS_MAX = 30_000;
/** Longer than signatures are valid: another process's clock may be behind. */
export const NONCE_MS = AGE_MS_MAX + AHEAD_MS_MAX;
const NONCE_CHARS = { min: 16, max: 128 };

/** RFC 9421. Requires exactly one signature. */
export function createSignatureVerifier({
  findKey,
  nonces,
  clock,
}: SignatureVerifierPorts): SignatureVerifier {
  return {
    async verify(request, hasBody) {
      const { input, signature } = onlySignature(request);
      requireCoverage(input, hasBody);
      const untilMs = requireTimely(input, clock.nowMs());
      const keyId = textParameter(input, "keyid");
      const nonce = textParameter(input, "nonce");
      if (nonce.length < NONCE_CHARS.min || nonce.length > NONCE_CHARS.max) {
        throw httpErrors.SIGNATURE_INVALID({ reason: "the nonce must have 16 to 128 characters" });
      }
      const key = await findKey(keyId);
      if (key === undefined) throw httpErrors.SIGNATURE_INVALID({ reason: "unknown key" });
      const algorithm = input.parameters.get("alg");
      const base = signatureBase(request, input);
      if (base === undefined)
        throw httpErrors.SIGNATURE_INVALID({ reason: "a component is repeated, absent or unsupported" });
      const isRight =
        (algorithm === undefined || algorithm === key.algorithm) && verifyWith(key, base, signature);
      if (!isRight) throw httpErrors.SIGNATURE_INVALID({ reason: "signature does not match", keyId });
      if (!(await nonces.use(keyId, nonce, untilMs)))
        throw httpErrors.SIGNATURE_INVALID({ reason: "replayed", keyId });
      return { keyId, coversBody: input.components.includes("content-digest") };
    },
  };
}

function onlySignature({ headers }: SignableRequest): { input: SignatureInput; signature: Uint8Array } {
  const inputs = parseSignatureInputs(joined(headers["signature-input"]));
  const signatures = parseByteDictionary(joined(headers.signature));
  const [label, ...others] = inputs.keys();
  const input = label === undefined ? undefined : inputs.get(label);
  const signature = label === undefined ? undefined : signatures.get(label);
  if (input === undefined || signature === undefined || others.length > 0) {
    throw httpErrors.SIGNATURE_INVALID({ reason: "exactly one signature with its input is required" });
  }
  return { input, signature };
}

function joined(field: string | readonly string[] | undefined): string {
  return typeof field === "string" ? field : (field ?? []).join(", ");
}

function requireCoverage({ components }: SignatureInput, hasBody: boolean): void {
  const needed = [...COVERED_COMPONENTS, ...(hasBody ? ["content-digest"] : [])];
  const component = needed.find((name) => !components.includes(name));
  if (component !== undefined)
    throw httpErrors.SIGNATURE_INVALID({ reason: "a component is not covered", component });
}

/** Returns the time in ms until which the nonce must be stored. */
function requireTimely({ parameters }: SignatureInput, nowMs: number): number {
  const createdMs = Number(parameters.get("created") ?? Number.NaN) * 1_000;
  const expiresMs = Number(parameters.get("expires") ?? Number.POSITIVE_INFINITY) * 1_000;
  const isTimely = createdMs <= nowMs + AHEAD_MS_MAX && nowMs < createdMs + AGE_MS_MAX && nowMs < expiresMs;
  if (!isTimely) throw httpErrors.SIGNATURE_INVALID({ reason: "expired", createdMs, nowMs });
  return createdMs + NONCE_MS;
}

function textParameter({ parameters }: SignatureInput, name: string): string {
  const value = parameters.get(name);
  if (typeof value !== "string") throw httpErrors.SIGNATURE_INVALID({ reason: `${name} is missing` });
  return value;
}
