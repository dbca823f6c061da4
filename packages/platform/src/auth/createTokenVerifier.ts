import { baseErrors, type Clock, type TrellisError } from "@trellis/base";
import {
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  errors as joseErrors,
  jwtVerify,
} from "jose";
import { authErrors } from "./errors.ts";
import {
  type ClaimNames,
  DEFAULT_CLAIMS,
  principalOfClaims,
  type SubjectNames,
} from "./principalOfClaims.ts";
import type { TokenVerifier } from "./TokenVerifier.ts";

/** Asymmetric algorithms (RFC 7518, RFC 8037). */
export const TOKEN_ALGORITHMS = ["EdDSA", "Ed25519", "ES256", "ES384", "PS256", "RS256"] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

export type TokenKeys =
  | { readonly kind: "given"; readonly getKey: JWTVerifyGetKey }
  | { readonly kind: "secret"; readonly secret: Uint8Array };

export interface TokenVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: TokenKeys;
  /** Default: TOKEN_ALGORITHMS. A secret allows only HS256. */
  readonly algorithms?: readonly TokenAlgorithm[];
  readonly claims?: ClaimNames;
  readonly subjects?: SubjectNames;
}

const CLOCK_TOLERANCE_S = 30;
export const TOKEN_CHARS_MAX = 8_192;
const SECRET_BYTES_MIN = 32;

/** Follows RFC 8725. @throws ARGUMENT_INVALID */
export function createTokenVerifier(
  options: TokenVerifierOptions,
  ports: { readonly clock: Clock },
): TokenVerifier {
  const claims = options.claims ?? DEFAULT_CLAIMS;
  const check = verificationOptions(options);
  const key = options.keys.kind === "secret" ? options.keys.secret : options.keys.getKey;
  return {
    async verify(token) {
      if (token.length > TOKEN_CHARS_MAX)
        throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT", length: token.length });
      const currentDate = new Date(ports.clock.nowMs());
      try {
        const verified =
          key instanceof Uint8Array
            ? await jwtVerify(token, key, { ...check, currentDate })
            : await jwtVerify(token, key, { ...check, currentDate });
        requireIssued(verified.payload, ports.clock.nowMs());
        return principalOfClaims(verified.payload, claims, options.subjects);
      } catch (error) {
        throw asTokenError(error);
      }
    },
  };
}

function verificationOptions({ keys, issuer, audience, algorithms }: TokenVerifierOptions): JWTVerifyOptions {
  const isSecret = keys.kind === "secret";
  const allowed = isSecret ? ["HS256"] : [...(algorithms ?? TOKEN_ALGORITHMS)];
  const isUnsafe =
    issuer === "" ||
    audience === "" ||
    allowed.length === 0 ||
    (isSecret && keys.secret.length < SECRET_BYTES_MIN) ||
    (!isSecret && allowed.some((name) => !TOKEN_ALGORITHMS.some((known) => known === name)));
  if (isUnsafe) {
    const rule =
      "issuer and audience are named, published keys have asymmetric algorithms, a secret has 32 bytes or more";
    throw baseErrors.ARGUMENT_INVALID({ rule, issuer, audience, algorithms: allowed.join(" ") });
  }
  return {
    algorithms: allowed,
    issuer,
    audience,
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims: ["exp", "iat", "sub"],
  };
}

function requireIssued({ iat = 0 }: JWTPayload, nowMs: number): void {
  if (iat > nowMs / 1_000 + CLOCK_TOLERANCE_S) throw authErrors.TOKEN_INVALID({ reason: "not valid yet" });
}

/** Error facts never contain the token. */
export function asTokenError(error: unknown): unknown {
  if (error instanceof joseErrors.JWTExpired) return authErrors.TOKEN_EXPIRED();
  if (error instanceof joseErrors.JWTClaimValidationFailed) return claimError(error);
  if (error instanceof joseErrors.JOSEAlgNotAllowed)
    return authErrors.TOKEN_INVALID({ reason: "algorithm not allowed" });
  if (error instanceof joseErrors.JOSENotSupported)
    return authErrors.TOKEN_INVALID({ reason: "algorithm not allowed" });
  if (error instanceof joseErrors.JWSSignatureVerificationFailed)
    return authErrors.TOKEN_INVALID({ reason: "signature does not match" });
  if (error instanceof joseErrors.JWKSNoMatchingKey)
    return authErrors.TOKEN_INVALID({ reason: "unknown signing key" });
  if (error instanceof joseErrors.JWKSMultipleMatchingKeys)
    return authErrors.TOKEN_INVALID({ reason: "unknown signing key" });
  if (error instanceof joseErrors.JWSInvalid || error instanceof joseErrors.JWTInvalid) {
    return authErrors.TOKEN_INVALID({ reason: "not a signed JWT" });
  }
  const isForeign = error instanceof joseErrors.JOSEError || error instanceof TypeError;
  return isForeign ? authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason: error.message }, error) : error;
}

function claimError({ claim, reason }: { readonly claim: string; readonly reason: string }): TrellisError {
  if (reason === "missing" || reason === "invalid") return authErrors.TOKEN_CLAIM_INVALID({ claim });
  if (claim === "aud") return authErrors.TOKEN_INVALID({ reason: "wrong audience" });
  if (claim === "iss") return authErrors.TOKEN_INVALID({ reason: "wrong issuer" });
  if (claim === "nbf" || claim === "iat") return authErrors.TOKEN_INVALID({ reason: "not valid yet" });
  return authErrors.TOKEN_CLAIM_INVALID({ claim });
}
