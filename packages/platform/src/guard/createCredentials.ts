import { createHash } from "node:crypto";
import { type Clock, LruMap } from "@trellis/base";
import { authErrors } from "../auth/errors.ts";
import type { AccessPrincipal } from "./AccessPrincipal.ts";
import { guardErrors } from "./errors.ts";
import type { Credentials } from "./Guard.ts";

export interface VerifiedToken {
  readonly principal: AccessPrincipal;
  readonly untilMs: number;
  /** Connections must then identify again. Infinity: never, as in the engine API. */
  readonly expiresMs: number;
}

export interface CredentialPorts {
  /** By SHA-256 of the key's text, in hexadecimal. */
  readonly keys: ReadonlyMap<string, AccessPrincipal>;
  /** By verified name of a client certificate. */
  readonly certificates: ReadonlyMap<string, AccessPrincipal>;
  readonly verifyToken: ((token: string) => Promise<VerifiedToken>) | undefined;
  readonly clock: Clock;
}

const TOKENS_MAX = 4_096;
/** Verified tokens of a withdrawn key stay valid this long. */
const KNOWN_MS_MAX = 10 * 60_000;
const TOKEN_CHARS_MAX = 8_192;
const KEY_CHARS_MAX = 512;
const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** If no credentials are configured, ignores those of requests. [GUARD-2] */
export function createCredentials({ keys, certificates, verifyToken, clock }: CredentialPorts): Credentials {
  const verified = new LruMap<string, VerifiedToken>(TOKENS_MAX);
  const hasBearers = keys.size > 0 || verifyToken !== undefined;

  return {
    identify({ headers, peerName }, isBanned) {
      const { authorization } = headers;
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

  /** Need not take constant time, because the hash is not secret. */
  function ofKey(text: string): AccessPrincipal {
    const principal = text.length > KEY_CHARS_MAX ? undefined : keys.get(keyHash(text));
    if (principal === undefined) throw authErrors.API_KEY_UNKNOWN();
    return principal;
  }
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
