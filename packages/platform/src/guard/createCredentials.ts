import { createHash } from "node:crypto";
import { type Clock, LruMap } from "@trellis/base";
import { authErrors } from "../auth/errors.ts";
import { httpErrors } from "../http/errors.ts";
import { requireContentDigest, type SignatureVerifier } from "../http/signatures/index.ts";
import type { AccessPrincipal } from "./AccessPrincipal.ts";
import { guardErrors } from "./errors.ts";
import type { ArrivalFacts, Credentials } from "./Guard.ts";

export interface VerifiedToken {
  readonly principal: AccessPrincipal;
  readonly untilMs: number;
  /** Infinity: the token never expires, as in the engine API. */
  readonly expiresMs: number;
}

export interface CredentialPorts {
  /** By SHA-256 of the key, in hexadecimal. */
  readonly keys: ReadonlyMap<string, AccessPrincipal>;
  /** By name of a verified client certificate. */
  readonly certificates: ReadonlyMap<string, AccessPrincipal>;
  readonly verifyToken: ((token: string) => Promise<VerifiedToken>) | undefined;
  readonly signatures?:
    | {
        readonly verifier: SignatureVerifier;
        /** By key id. */
        readonly principals: ReadonlyMap<string, AccessPrincipal>;
      }
    | undefined;
  readonly clock: Clock;
}

const TOKENS_MAX = 4_096;
/** Maximum time for which a token stays valid after its key is withdrawn. */
const KNOWN_MS_MAX = 10 * 60_000;
const TOKEN_CHARS_MAX = 8_192;
const KEY_CHARS_MAX = 512;
const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** Ignores credentials if none are configured. [GUARD-2] */
export function createCredentials({
  keys,
  certificates,
  verifyToken,
  signatures,
  clock,
}: CredentialPorts): Credentials {
  const verified = new LruMap<string, VerifiedToken>(TOKENS_MAX);
  const hasBearers = keys.size > 0 || verifyToken !== undefined;

  return {
    identify({ headers, peerName, request }, isBanned) {
      const { authorization, "signature-input": signature } = headers;
      const isSigned = signature !== undefined && signatures !== undefined;
      if (authorization !== undefined && isSigned)
        throw httpErrors.SIGNATURE_INVALID({ reason: "more than one credential" });
      if (isSigned) return ofSignature(request, headers, signatures);
      if (authorization !== undefined && hasBearers) return ofBearer(bearerOf(authorization), isBanned);
      return peerName === undefined ? undefined : certificates.get(peerName);
    },
  };

  function ofBearer(bearer: string, isBanned: boolean): AccessPrincipal | Promise<AccessPrincipal> {
    const known = verified.get(bearer);
    if (known !== undefined && clock.nowMs() < known.untilMs) return expiring(known);
    if (!isToken(bearer) || verifyToken === undefined) return ofKey(bearer);
    if (isBanned) throw guardErrors.ADDRESS_REFUSED({ reason: "banned" });
    if (bearer.length > TOKEN_CHARS_MAX) throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT" });
    return verifyToken(bearer).then((token) => {
      const knownMs = clock.nowMs() + KNOWN_MS_MAX;
      const expiresMs = Number.isFinite(token.expiresMs) ? Math.min(token.expiresMs, knownMs) : Infinity;
      const held = { ...token, untilMs: Math.min(token.untilMs, knownMs), expiresMs };
      verified.set(bearer, held);
      return expiring(held);
    });
  }

  function expiring({ principal, expiresMs }: VerifiedToken): AccessPrincipal {
    return { ...principal, validMs: expiresMs - clock.nowMs() };
  }

  /** Not constant time: timing reveals only the key's hash. */
  function ofKey(text: string): AccessPrincipal {
    const principal = text.length > KEY_CHARS_MAX ? undefined : keys.get(keyHash(text));
    if (principal === undefined) throw authErrors.API_KEY_UNKNOWN();
    return principal;
  }
}

/** Accepts banned addresses too, so that operators can lift their own bans. */
async function ofSignature(
  request: ArrivalFacts["request"],
  headers: ArrivalFacts["headers"],
  { verifier, principals }: NonNullable<CredentialPorts["signatures"]>,
): Promise<AccessPrincipal> {
  if (request === undefined)
    throw httpErrors.SIGNATURE_INVALID({ reason: "a WebSocket needs another credential" });
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > 0;
  const { keyId, coversBody } = await verifier.verify({ ...request, headers }, hasBody);
  const principal = principals.get(keyId);
  if (principal === undefined) throw httpErrors.SIGNATURE_INVALID({ reason: "unknown key" });
  return {
    ...principal,
    verifyBody(body) {
      if (coversBody) requireContentDigest(`${headers["content-digest"] ?? ""}`, body);
    },
  };
}

export function keyHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function bearerOf(authorization: string): string {
  const bearer = BEARER.exec(authorization)?.[1];
  if (bearer === undefined) throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT" });
  return bearer;
}

function isToken(bearer: string): boolean {
  return /^[^.]+\.[^.]+\.[^.]*$/.test(bearer);
}
