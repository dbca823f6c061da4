import { isTrellisError } from "@trellis/base";
import type { KeySessions } from "./createKeySessions.ts";
import type { OidcLogin } from "./createOidcLogin.ts";
import type { SessionTokens } from "./createSessionTokens.ts";

/** Newest secret first. */
type Parts<Part> = () => readonly [Part, ...Part[]];

export function partsBySecret<Part>(
  secrets: () => readonly Uint8Array[],
  create: (secret: Uint8Array) => Part,
): Parts<Part> {
  const known = new WeakMap<Uint8Array, Part>();
  return () =>
    secrets().map((secret) => {
      const part = known.get(secret) ?? create(secret);
      known.set(secret, part);
      return part;
    }) as [Part, ...Part[]];
}

/** Rotations do not end sessions. [KEY-6] */
export function overlappingTokens(parts: Parts<SessionTokens>): SessionTokens {
  return {
    issue: (principal, sessionId) => parts()[0].issue(principal, sessionId),
    verify: (token) => firstOf(parts(), "TOKEN_INVALID", (part) => part.verify(token)),
  };
}

export function overlappingKeySessions(parts: Parts<KeySessions>): KeySessions {
  return {
    issue: (apiKey, sessionId) => parts()[0].issue(apiKey, sessionId),
    verify: (token) => firstOf(parts(), "TOKEN_INVALID", (part) => part.verify(token)),
  };
}

export function overlappingLogin(parts: Parts<OidcLogin>): OidcLogin {
  return {
    begin: () => parts()[0].begin(),
    finish: (returnedTo, cookie) =>
      firstOf(parts(), "LOGIN_STATE_INVALID", (part) => part.finish(returnedTo, cookie)),
  };
}

async function firstOf<Part, Value>(
  [newest, ...older]: readonly [Part, ...Part[]],
  code: string,
  attempt: (part: Part) => Promise<Value>,
): Promise<Value> {
  try {
    return await attempt(newest);
  } catch (error) {
    if (!isTrellisError(error, code)) throw error;
    for (const part of older) {
      try {
        return await attempt(part);
      } catch (another) {
        if (!isTrellisError(another, code)) throw another;
      }
    }
    throw error;
  }
}
