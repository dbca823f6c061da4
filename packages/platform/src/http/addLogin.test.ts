import { silentLog } from "@trellis/base";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { OidcLogin } from "../auth/createOidcLogin.ts";
import { authErrors } from "../auth/errors.ts";
import type { Principal } from "../auth/Principal.ts";
import { createMemoryWindowCounters, createRateLimiter } from "../auth/rateLimit.ts";
import { addLogin } from "./addLogin.ts";
import { createServer } from "./createServer.ts";
import { createOpenSession } from "./openSession.ts";
import { SESSION_COOKIE } from "./sessionCookie.ts";
import { countingRandom, TestTime } from "./testing/TestTime.ts";

const CAROL: Principal = {
  id: "user:carol",
  kind: "user",
  role: "operator",
  customerId: undefined,
  scopes: "all",
};
let opened: unknown[];
let server: ReturnType<typeof createServer>;

function open(origin: string): void {
  const clock = new TestTime();
  opened = [];
  const openSession = createOpenSession(
    { publicOrigin: origin, sessionMs: 60_000 },
    {
      async open(login, client) {
        opened.push({ ...login, client });
        return "session";
      },
    },
  );
  const login: OidcLogin = {
    begin: async () => ({ url: new URL("https://id.example/authorize"), cookie: "sealed" }),
    async finish(returnedTo, cookie) {
      if (cookie !== "sealed" || returnedTo.searchParams.get("code") !== "1")
        throw authErrors.LOGIN_STATE_INVALID();
      expect(returnedTo.origin).toBe(origin);
      return CAROL;
    },
  };
  const other: OidcLogin = {
    ...login,
    begin: async () => ({ url: new URL("https://corp.example/authorize"), cookie: "sealed" }),
  };
  server = createServer({ log: silentLog, random: countingRandom() });
  addLogin(
    server,
    { prefix: "/v1/auth", publicOrigin: origin, home: "/", signIn: "/sign-in" },
    {
      loginOf: (issuer) => (issuer === "" ? login : issuer === "corp" ? other : undefined),
      openSession,
      log: silentLog,
      perIp: createRateLimiter(
        { cost: 20, windowMs: 60_000 },
        { counters: createMemoryWindowCounters(), clock },
      ),
    },
  );
}
beforeEach(() => open("https://reserves.example"));
afterEach(() => server.close());

it("redirects a browser to the provider, and creates a session on return", async () => {
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
  expect(session).toMatchObject({ value: "session", httpOnly: true, secure: true, maxAge: 60 });
  const client = { address: "127.0.0.1", userAgent: expect.stringContaining("lightMyRequest") };
  expect(opened).toEqual([{ provider: "openId", principal: CAROL, client }]);
});

it("NOT_FOUND: each issuer has its own addresses, an unknown one has none", async () => {
  const begun = await server.inject({ url: "/v1/auth/login/corp" });
  expect(begun.headers.location).toBe("https://corp.example/authorize");
  const cookies = { [begun.cookies[0]!.name]: begun.cookies[0]!.value };
  const back = await server.inject({ url: "/v1/auth/callback/corp?code=1", cookies });
  expect(back).toMatchObject({ statusCode: 302, headers: { location: "/" } });
  for (const url of ["/v1/auth/login/evil", "/v1/auth/callback/evil?code=1"])
    expect((await server.inject({ url, cookies })).json()).toMatchObject({ status: 404, code: "NOT_FOUND" });
});

it("over http, for the local machine, with cookies that work there", async () => {
  await server.close();
  open("http://127.0.0.1:8080");
  const [pending] = (await server.inject({ url: "/v1/auth/login" })).cookies;
  expect(pending).toMatchObject({ name: "trellis-local-login", httpOnly: true });
  const back = await server.inject({
    url: "/v1/auth/callback?code=1",
    cookies: { [pending!.name]: pending!.value },
  });
  expect(back.cookies).toMatchObject([
    { name: "trellis-local", httpOnly: true, maxAge: 60 },
    { name: "trellis-local-login", maxAge: 0 },
  ]);
});

it("LOGIN_STATE_INVALID: redirects a person to an explaining page", async () => {
  const headers = { accept: "text/html,*/*;q=0.8", "x-request-id": "request-1" };
  const refused = await server.inject({ url: "/v1/auth/callback?code=1", headers });
  expect(refused).toMatchObject({
    statusCode: 302,
    headers: { location: "/sign-in?refused=LOGIN_STATE_INVALID&request=request-1" },
  });
});

it("LOGIN_STATE_INVALID: without the cookie of the start; RATE_LIMITED: repeated attempts", async () => {
  const refused = await server.inject({ url: "/v1/auth/callback?code=1" });
  expect(refused.json()).toMatchObject({ status: 400, code: "LOGIN_STATE_INVALID" });
  for (let tries = 0; tries < 4; tries++) await server.inject({ url: "/v1/auth/callback" });
  expect((await server.inject({ url: "/v1/auth/login" })).json()).toMatchObject({ code: "RATE_LIMITED" });
});
