import { silentLog } from "@trellis/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApiKeys } from "../auth/createApiKeys.ts";
import { createKeySessions } from "../auth/createKeySessions.ts";
import { createSessions, type Sessions } from "../auth/createSessions.ts";
import { createSessionTokens } from "../auth/createSessionTokens.ts";
import { ANONYMOUS } from "../auth/Principal.ts";
import { createMemoryWindowCounters, createRateLimiter } from "../auth/rateLimit.ts";
import type { SessionStore } from "../auth/Session.ts";
import { createMemoryApiKeyStore } from "../testing/createMemoryApiKeyStore.ts";
import { createMemorySessionStore } from "../testing/createMemorySessionStore.ts";
import { addSessions, type LoginOffers } from "./addSessions.ts";
import { createAuthenticator } from "./createAuthenticator.ts";
import { createServer } from "./createServer.ts";
import { createOpenSession } from "./openSession.ts";
import { isSecure, sessionCookieName } from "./sessionCookie.ts";
import { countingRandom, TestTime } from "./testing/TestTime.ts";

const OWN = { "sec-fetch-site": "same-origin" };
const MAKER = { ...ANONYMOUS, role: "admin", scopes: "all" } as const;
const SESSION_MS = 120_000;
let server: ReturnType<typeof createServer>;
let clock: TestTime;
let store: SessionStore;
let sessions: Sessions;
let offers: LoginOffers = { issuers: [], hasPassword: false };
let apiKeys: ReturnType<typeof createApiKeys>;

function open(publicOrigin: string): void {
  clock = new TestTime();
  apiKeys = createApiKeys({ store: createMemoryApiKeyStore(), clock, random: countingRandom() });
  const given = { secret: new Uint8Array(32).fill(1), lifetimeMs: SESSION_MS };
  store = createMemorySessionStore();
  sessions = createSessions(given, {
    store,
    tokens: createSessionTokens({ ...given, service: "x" }, { clock }),
    keySessions: createKeySessions(given, { apiKeys, clock }),
    clock,
    random: countingRandom(),
  });
  const counters = createMemoryWindowCounters();
  const cookie = (scheme: string): string => sessionCookieName(isSecure(scheme, publicOrigin));
  server = createServer({ log: silentLog, random: countingRandom() });
  addSessions(
    server,
    { prefix: "/v1/auth", publicOrigin, offers: () => offers },
    {
      apiKeys,
      openSession: createOpenSession({ publicOrigin, sessionMs: SESSION_MS }, sessions),
      sessions,
      authenticator: createAuthenticator({ apiKeys, sessions: { cookie, tokens: sessions } }),
      perIp: createRateLimiter({ cost: 40, windowMs: 60_000 }, { counters, clock }),
    },
  );
}
beforeEach(() => open(""));
afterEach(() => server.close());

async function newKey(): Promise<{ id: string; text: string }> {
  const { key, text } = await apiKeys.create({ name: "a", role: "auditor", scopes: ["log:read"] }, MAKER);
  return { id: key.id, text };
}

const signIn = (apiKey: unknown, headers: Record<string, string> = OWN) =>
  server.inject({ method: "POST", url: "/v1/auth/session", payload: { apiKey }, headers });

async function whoIs(cookie: { name: string; value: string } | undefined) {
  const cookies = cookie === undefined ? {} : { [cookie.name]: cookie.value };
  return (await server.inject({ url: "/v1/auth/session", cookies })).json();
}

describe("browser sessions", () => {
  it("an API key opens a session with an HttpOnly cookie, and signing out ends it", async () => {
    expect(await whoIs(undefined)).toEqual({ principal: null, ended: null, ways: ["apiKey"] });
    const { id, text } = await newKey();
    const opened = await signIn(text);
    expect([opened.statusCode, opened.body]).toEqual([204, ""]);
    const [cookie] = opened.cookies;
    expect(cookie).toMatchObject({ name: "trellis-local", path: "/", httpOnly: true, sameSite: "Lax" });
    expect(cookie).toMatchObject({ maxAge: SESSION_MS / 1_000 });
    expect(cookie!.value).not.toContain(text);
    expect(await whoIs(cookie)).toMatchObject({
      principal: { id: `key:${id}`, role: "auditor", customerId: null, scopes: ["log:read"] },
    });
    const cookies = { [cookie!.name]: cookie!.value };
    const out = await server.inject({ method: "POST", url: "/v1/auth/logout", headers: OWN, cookies });
    expect(out.cookies).toMatchObject([{ name: "trellis-local", value: "", maxAge: 0 }]);
    expect(await whoIs(cookie)).toMatchObject({ principal: null, ended: "SESSION_ENDED" });
    const left = { [cookie!.name]: "left by another version" };
    const again = { method: "POST", url: "/v1/auth/logout", headers: OWN, cookies: left } as const;
    expect((await server.inject(again)).statusCode).toBe(204);
  });

  it("GUARD-14, SESSION_ENDED: a session shows its client and last use, and ends at once", async () => {
    const { id, text } = await newKey();
    const [first] = (await signIn(text, { ...OWN, "user-agent": "Firefox" })).cookies;
    clock.move(30_000);
    const [second] = (await signIn(text)).cookies;
    await whoIs(first);
    const shown = await sessions.list({}, 10);
    expect(shown).toMatchObject([
      { principalId: `key:${id}`, provider: "apiKey", role: "auditor" },
      { client: { address: "127.0.0.1", userAgent: "Firefox" } },
    ]);
    const [{ lastSeenAtMs: openedMs }] = [shown[1]!];
    expect(openedMs).toBe(clock.nowMs() - 30_000);
    clock.move(29_999);
    await whoIs(first);
    expect(await sessions.find(shown[1]!.id)).toMatchObject({ lastSeenAtMs: openedMs });
    await sessions.end(shown[1]!.id);
    expect(await whoIs(first)).toMatchObject({ principal: null, ended: "SESSION_ENDED" });
    expect(await whoIs(second)).toMatchObject({ principal: { id: `key:${id}` } });
    expect(await sessions.endAll(`key:${id}`)).toBe(1);
    expect(await whoIs(second)).toMatchObject({ principal: null, ended: "SESSION_ENDED" });
  });

  it("names the ways to sign in", async () => {
    offers = { issuers: ["", "corp"], hasPassword: true };
    expect(await whoIs(undefined)).toMatchObject({ ways: ["openId", "openId/corp", "password", "apiKey"] });
    offers = { issuers: [], hasPassword: false };
  });

  it("over https the cookie is bound to this host and to https", async () => {
    open("https://reserves.example");
    const [cookie] = (await signIn((await newKey()).text)).cookies;
    expect(cookie).toMatchObject({ name: "__Host-trellis", secure: true, httpOnly: true });
    expect(await whoIs({ name: "trellis-local", value: cookie!.value })).toMatchObject({ principal: null });
  });

  it("TOKEN_EXPIRED, API_KEY_REVOKED, TOKEN_INVALID: a session ends before sign-out", async () => {
    const { id, text } = await newKey();
    const [cookie] = (await signIn(text)).cookies;
    clock.move(SESSION_MS + 1_000);
    expect(await whoIs(cookie)).toMatchObject({ principal: null, ended: "TOKEN_EXPIRED" });
    const [second] = (await signIn(text)).cookies;
    await apiKeys.revoke(id);
    expect(await whoIs(second)).toMatchObject({ principal: null, ended: "API_KEY_REVOKED" });
    const changed = { ...second!, value: second!.value.replace(/.{4}$/, "AAAA") };
    expect(await whoIs(changed)).toMatchObject({ principal: null, ended: "TOKEN_INVALID" });
  });

  it("CROSS_SITE_REQUEST: another site can sign nobody in or out", async () => {
    const { text } = await newKey();
    for (const headers of [{ "sec-fetch-site": "same-site" }, { origin: "https://evil.example" }, {}]) {
      expect((await signIn(text, headers as Record<string, string>)).json()).toMatchObject({
        code: "CROSS_SITE_REQUEST",
      });
      const out = await server.inject({ method: "POST", url: "/v1/auth/logout", headers });
      expect(out.json()).toMatchObject({ code: "CROSS_SITE_REQUEST" });
    }
  });

  it("API_KEY_UNKNOWN, REQUEST_INVALID, RATE_LIMITED: invalid keys, and many attempts", async () => {
    expect((await signIn("<script>")).json()).toMatchObject({
      status: 401,
      code: "API_KEY_UNKNOWN",
      facts: { reason: "malformed" },
    });
    expect((await signIn(7)).json()).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
    for (let tries = 0; tries < 6; tries++) await signIn("trk_x");
    expect((await signIn("trk_x")).json()).toMatchObject({ status: 429, code: "RATE_LIMITED" });
  });
});
