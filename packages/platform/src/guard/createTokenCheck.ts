import type { Clock } from "@trellis/base";
import { decodeJwt, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { asTokenError, TOKEN_ALGORITHMS } from "../auth/createTokenVerifier.ts";
import { authErrors } from "../auth/errors.ts";
import type { AccessPrincipal } from "./AccessPrincipal.ts";
import type { VerifiedToken } from "./createCredentials.ts";
import { PERMISSION, Permissions } from "./Permissions.ts";

export interface TokenIssuer {
  /** Prefix of subjects: `NAME/SUBJECT`. Empty: no prefix. */
  readonly name: string;
  readonly issuer: string;
  readonly audience: string;
  readonly getKey: JWTVerifyGetKey;
}

export interface TokenCheckOptions {
  /** HS256 secret of the engine API (execution-apis authentication.md): `iat` within 60 s, `exp` optional. */
  readonly secret?: Uint8Array | undefined;
  /** `issuer` and `name` must be unique. */
  readonly issuers: readonly TokenIssuer[];
  /** Keyed by the issuer's name and the claim `sub`. */
  readonly subjects: ReadonlyMap<string, AccessPrincipal>;
  /** For subjects without an entry and without the claim `permissions`. */
  readonly otherwise: AccessPrincipal | undefined;
}

const ISSUED_WINDOW_S = 60;
const CLOCK_TOLERANCE_S = 30;
const SUBJECT_CHARS_MAX = 256;
const PERMISSIONS_MAX = 64;

/** The subject's entry overrides the claim `permissions` (as in Besu). */
export function createTokenCheck(
  { secret, issuers, subjects, otherwise }: TokenCheckOptions,
  { clock }: { readonly clock: Clock },
): (token: string) => Promise<VerifiedToken> {
  const prefixes = issuers.flatMap(({ name }) => (name === "" ? [] : [`${name}/`]));
  return async (token) => {
    const nowS = clock.nowMs() / 1_000;
    const isShared = secret !== undefined && algorithmOf(token) === "HS256";
    let payload: JWTPayload;
    try {
      payload = withNamedSubject(isShared ? await ofSecret(token, secret) : await ofIssuer(token), prefixes);
    } catch (error) {
      throw asTokenError(error);
    }
    const { iat, exp } = payload;
    const skewS = isShared ? ISSUED_WINDOW_S : CLOCK_TOLERANCE_S;
    if (iat === undefined || iat > nowS + skewS) throw authErrors.TOKEN_INVALID({ reason: "not valid yet" });
    const issuedUntilS = isShared ? iat + ISSUED_WINDOW_S : Number.POSITIVE_INFINITY;
    if (nowS > issuedUntilS) throw authErrors.TOKEN_EXPIRED();
    const expiresS = exp ?? Number.POSITIVE_INFINITY;
    return {
      principal: principalOf(payload),
      untilMs: Math.min(issuedUntilS, expiresS) * 1_000,
      expiresMs: (expiresS + (isShared ? 0 : CLOCK_TOLERANCE_S)) * 1_000,
    };
  };

  async function ofSecret(token: string, key: Uint8Array) {
    const currentDate = new Date(clock.nowMs());
    const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"], currentDate });
    return { payload, name: "" };
  }

  async function ofIssuer(token: string) {
    const { name, issuer, audience, getKey } = issuerOf(token, issuers);
    const verified = await jwtVerify(token, getKey, {
      issuer,
      audience,
      algorithms: [...TOKEN_ALGORITHMS],
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ["exp", "iat", "sub"],
      currentDate: new Date(clock.nowMs()),
    });
    return { payload: verified.payload, name };
  }

  function principalOf({ sub, permissions }: JWTPayload): AccessPrincipal {
    const known = subjects.get(sub ?? "");
    if (known !== undefined) return known;
    if (permissions === undefined) {
      if (otherwise === undefined) throw authErrors.TOKEN_CLAIM_INVALID({ claim: "sub" });
      return otherwise;
    }
    if (typeof sub !== "string" || sub === "" || sub.length > SUBJECT_CHARS_MAX) {
      throw authErrors.TOKEN_CLAIM_INVALID({ claim: "sub" });
    }
    if (!arePermissions(permissions)) throw authErrors.TOKEN_CLAIM_INVALID({ claim: "permissions" });
    return { id: `user:${sub}`, permissions: new Permissions(permissions), priority: "normal" };
  }
}

/** Trusts `iss` unverified, because verification then requires this issuer. */
function issuerOf(token: string, issuers: readonly TokenIssuer[]): TokenIssuer {
  const [only] = issuers;
  if (only === undefined) throw authErrors.TOKEN_INVALID({ reason: "unknown signing key" });
  if (issuers.length === 1) return only;
  const { iss } = decodeJwt(token);
  const found = issuers.find(({ issuer }) => issuer === iss);
  if (found === undefined) throw authErrors.TOKEN_INVALID({ reason: "wrong issuer" });
  return found;
}

/** Refuses subjects with the prefix of another issuer. */
function withNamedSubject(
  { payload, name }: { readonly payload: JWTPayload; readonly name: string },
  prefixes: readonly string[],
): JWTPayload {
  const { sub } = payload;
  if (sub === undefined) return payload;
  if (typeof sub !== "string" || (name !== "" && sub === ""))
    throw authErrors.TOKEN_CLAIM_INVALID({ claim: "sub" });
  if (name !== "") return { ...payload, sub: `${name}/${sub}` };
  if (prefixes.some((prefix) => sub.startsWith(prefix)))
    throw authErrors.TOKEN_CLAIM_INVALID({ claim: "sub" });
  return payload;
}

function arePermissions(claim: unknown): claim is readonly string[] {
  if (!Array.isArray(claim) || claim.length > PERMISSIONS_MAX) return false;
  return claim.every((pattern) => typeof pattern === "string" && PERMISSION.test(pattern));
}

/** Unverified; verification requires the key's algorithm. */
function algorithmOf(token: string): unknown {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split(".", 1)[0] ?? "", "base64url").toString());
    return (header as { readonly alg?: unknown } | null)?.alg;
  } catch {
    return undefined;
  }
}
