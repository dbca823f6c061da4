import { silentLog } from "@trellis/base";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createAuthenticator } from "../auth/createAuthenticator.ts";
import { createSessionTokens } from "../auth/createSessionTokens.ts";
import { authErrors } from "../auth/errors.ts";
import type { Principal } from "../auth/Principal.ts";
import { createMemoryWindowCounters, createRateLimiter } from "../auth/rateLimit.ts";
import { addLogin, SESSION_COOKIE } from "./addLogin.ts";
import { createServer } from "./createServer.ts";
import { countingRandom, TestTime } from "./fixtures/TestTime.ts";

const CAROL: Principal = {
  id: "user:carol",
  kind: "user",
  role: "operator",
  customerId: undefined,
  scopes: "all",
};
let server: ReturnType<typeof createServer>;

beforeEach(() => {
  const clock = new TestTime();
  const sessions = createSessionTokens(
    { secret: new Uint8Array(32).fill(1), service: "x", lifetimeMs: 60_000 },
    { clock },
  );
  server = createServer({ log: silentLog, random: countingRandom() });
  addLogin(
    server,
    { prefix: "/v1/auth", publicOrigin: "https://reserves.example", home: "/", sessionMs: 60_000 },
    {
      login: {
        begin: async () => ({ url: new URL("https://id.example/authorize"), cookie: "sealed" }),
        async finish(returnedTo, cookie) {
          if (cookie !== "sealed" || returnedTo.searchParams.get("code") !== "1")
            throw authErrors.LOGIN_STATE_INVALID();
          expect(returnedTo.origin).toBe("https://reserves.example");
          return CAROL;
        },
      },
      sessions,
      authenticator: createAuthenticator({ sessions: { cookie: SESSION_COOKIE, tokens: sessions } }),
      perIp: createRateLimiter(
        { cost: 20, windowMs: 60_000 },
        { counters: createMemoryWindowCounters(), clock },
      ),
    },
  );
});
afterEach(() => server.close());

it("a browser is sent to the provider, comes back with a session, and ends it", async () => {
  const begun = await server.inject({ url: "/v1/auth/login" });
  expect(begun).toMatchObject({ statusCode: 302, headers: { location: "https://id.example/authorize" } });
  const [pending] = begun.cookies;
  expect(pending).toMatchObject({
    name: "__Host-trellis-login",
    httpOnly: true,
    secure: true,
    sameSite: "Lax",
    path: "/",
  });
  const back = await server.inject({
    url: "/v1/auth/callback?code=1",
    cookies: { [pending!.name]: pending!.value },
  });
  expect(back).toMatchObject({ statusCode: 302, headers: { location: "/" } });
  const session = back.cookies.find(({ name }) => name === SESSION_COOKIE)!;
  expect(session).toMatchObject({ httpOnly: true, secure: true, maxAge: 60 });
  const cookies = { [SESSION_COOKIE]: session.value };
  const foreign = await server.inject({
    method: "POST",
    url: "/v1/auth/logout",
    cookies,
    headers: { "sec-fetch-site": "cross-site" },
  });
  expect(foreign).toMatchObject({ statusCode: 403 });
  const own = await server.inject({
    method: "POST",
    url: "/v1/auth/logout",
    cookies,
    headers: { "sec-fetch-site": "same-origin" },
  });
  expect(own).toMatchObject({ statusCode: 204 });
  expect(own.cookies).toMatchObject([{ name: SESSION_COOKIE, value: "", maxAge: 0 }]);
});

it("LOGIN_STATE_INVALID: without the cookie of the beginning; RATE_LIMITED: who tries often", async () => {
  const refused = await server.inject({ url: "/v1/auth/callback?code=1" });
  expect(refused.json()).toMatchObject({ status: 400, code: "LOGIN_STATE_INVALID" });
  for (let tries = 0; tries < 4; tries++) await server.inject({ url: "/v1/auth/callback" });
  expect((await server.inject({ url: "/v1/auth/login" })).json()).toMatchObject({ code: "RATE_LIMITED" });
});
