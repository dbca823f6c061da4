import { bytesToHex, type Clock, isTrellisError, type Random } from "@trellis/base";
import { eitherSession, type KeySessions } from "./createKeySessions.ts";
import type { SessionTokens } from "./createSessionTokens.ts";
import { authErrors } from "./errors.ts";
import type { Login, Session, SessionClient, SessionStore } from "./Session.ts";
import type { TokenVerifier } from "./TokenVerifier.ts";

/** A cookie is valid only while its session is stored. [GUARD-14] */
export interface Sessions extends TokenVerifier {
  /** @returns the cookie's value */
  open(login: Login, client: SessionClient): Promise<string>;
  close(cookie: string): Promise<void>;
  find(id: string): Promise<Session | undefined>;
  list(
    query: { readonly principalId?: string | undefined; readonly beforeId?: string | undefined },
    limit: number,
  ): Promise<readonly Session[]>;
  end(id: string): Promise<Session | undefined>;
  endAll(principalId: string): Promise<number>;
}

export interface SessionsPorts {
  readonly store: SessionStore;
  readonly tokens: SessionTokens;
  readonly keySessions: KeySessions;
  readonly clock: Clock;
  readonly random: Random;
}

const TOUCH_INTERVAL_MS = 60_000;
const ADDRESS_CHARS_MAX = 64;
const USER_AGENT_CHARS_MAX = 256;

export function createSessions(
  { lifetimeMs }: { readonly lifetimeMs: number },
  { store, tokens, keySessions, clock, random }: SessionsPorts,
): Sessions {
  const cookies = eitherSession(tokens, keySessions);
  return {
    async open({ provider, principal, apiKey }, { address, userAgent }) {
      const createdAtMs = clock.nowMs();
      const id = newSessionId(createdAtMs, random);
      await store.insert({
        id,
        principalId: principal.id,
        role: principal.role,
        provider,
        createdAtMs,
        lastSeenAtMs: createdAtMs,
        expiresAtMs: createdAtMs + lifetimeMs,
        client: {
          address: address.slice(0, ADDRESS_CHARS_MAX),
          userAgent: userAgent.slice(0, USER_AGENT_CHARS_MAX),
        },
      });
      return apiKey === undefined ? tokens.issue(principal, id) : keySessions.issue(apiKey, id);
    },

    async verify(cookie) {
      const principal = await cookies.verify(cookie);
      const { sessionId } = principal;
      const session = sessionId === undefined ? undefined : await store.find(sessionId);
      if (session === undefined) throw authErrors.SESSION_ENDED();
      const nowMs = clock.nowMs();
      if (session.expiresAtMs <= nowMs) throw authErrors.TOKEN_EXPIRED();
      if (nowMs - session.lastSeenAtMs >= TOUCH_INTERVAL_MS) await store.touch(session.id, nowMs);
      return principal;
    },

    async close(cookie) {
      try {
        const { sessionId } = await cookies.verify(cookie);
        if (sessionId !== undefined) await store.end(sessionId);
      } catch (error) {
        if (!isTrellisError(error) || error.consequence !== "reject") throw error;
      }
    },

    find: (id) => store.find(id),
    list: (query, limit) => store.list({ ...query, nowMs: clock.nowMs() }, limit),
    end: (id) => store.end(id),
    endAll: (principalId) => store.endAll(principalId),
  };
}

const TIME_DIGITS = 12;
const RANDOM_SIZE = 10;

/** Not secret, because the cookie is signed or encrypted. */
function newSessionId(nowMs: number, random: Random): string {
  const time = Math.floor(nowMs).toString(16).padStart(TIME_DIGITS, "0");
  return `${time}${bytesToHex(random.bytes(RANDOM_SIZE)).slice(2)}`;
}
