import { createHash } from "node:crypto";
import { type Clock, LruMap } from "@trellis/base";
import { authErrors } from "../auth/errors.ts";
import type { AccessPrincipal } from "./AccessPrincipal.ts";
import { guardErrors } from "./errors.ts";
import type { Credentials } from "./Guard.ts";

export interface VerifiedToken {
  readonly principal: AccessPrincipal;
  /** ms since the Unix epoch. */
  readonly untilMs: number;
}

export interface CredentialPorts {
  /** By the SHA-256 of the key's text, hexadecimal. */
  readonly keys: ReadonlyMap<string, AccessPrincipal>;
  /** By the verified name of a client certificate. */
  readonly certificates: ReadonlyMap<string, AccessPrincipal>;
  /** @throws the TOKEN_ codes */
  readonly verifyToken: ((token: string) => Promise<VerifiedToken>) | undefined;
  readonly clock: Clock;
}

const TOKENS_MAX = 4_096;
/** After a key was withdrawn, its verified tokens stay valid this long. ms */
const KNOWN_MS_MAX = 10 * 60_000;
const TOKEN_CHARS_MAX = 8_192;
const KEY_CHARS_MAX = 512;
const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** API keys, tokens and client certificates. Without any of them configured, credentials are ignored. [GUARD-2] */
export function createCredentials({ keys, certificates, verifyToken, clock }: CredentialPorts): Credentials {
  /** Verified tokens, so that one costs a signature check once. */
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
    if (known !== undefined && clock.nowMs() < known.untilMs) return known.principal;
    if (!isToken(bearer) || verifyToken === undefined) return ofKey(bearer);
    if (isBanned) throw guardErrors.ADDRESS_REFUSED({ reason: "banned" });
    if (bearer.length > TOKEN_CHARS_MAX) throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT" });
    return verifyToken(bearer).then((token) => {
      const untilMs = Math.min(token.untilMs, clock.nowMs() + KNOWN_MS_MAX);
      verified.set(bearer, { ...token, untilMs });
      return token.principal;
    });
  }

  /** A hash is no secret: how long the look-up takes reveals nothing about keys. */
  function ofKey(text: string): AccessPrincipal {
    const principal = text.length > KEY_CHARS_MAX ? undefined : keys.get(keyHash(text));
    if (principal === undefined) throw authErrors.API_KEY_UNKNOWN();
    return principal;
  }
}

export function keyHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** @throws TOKEN_INVALID */
function bearerOf(authorization: string): string {
  const bearer = BEARER.exec(authorization)?.[1];
  if (bearer === undefined) throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT" });
  return bearer;
}

/** Three parts: header, claims, signature. */
function isToken(bearer: string): boolean {
  return /^[^.]+\.[^.]+\.[^.]*$/.test(bearer);
}
