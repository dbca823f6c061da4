import { silentLog } from "@trellis/base";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authErrors } from "../auth/errors.ts";
import type { Principal } from "../auth/Principal.ts";
import { createMemoryWindowCounters, createRateLimiter } from "../auth/rateLimit.ts";
import type { Login } from "../auth/Session.ts";
import { addPasswordLogin } from "./addPasswordLogin.ts";
import { createServer } from "./createServer.ts";
import { createOpenSession } from "./openSession.ts";
import { countingRandom, TestTime } from "./testing/TestTime.ts";

const ANN: Principal = {
  id: "user:ldap/ann",
  kind: "user",
  role: "admin",
  customerId: undefined,
  scopes: "all",
};
const OWN = { "sec-fetch-site": "same-origin" };
const RIGHT = { user: "ann", password: "right" };
const clock = new TestTime();
const opened: Login[] = [];
let server: ReturnType<typeof createServer>;
let hasDirectory = true;

beforeEach(() => {
  hasDirectory = true;
  server = createServer({ log: silentLog, random: countingRandom() });
  addPasswordLogin(server, "/v1/auth", {
    providers: {
      async identify(credential) {
        if (!hasDirectory || credential.kind !== "password") return undefined;
        if (credential.password !== RIGHT.password) throw authErrors.LOGIN_REFUSED({ reason: "wrong" });
        return ANN;
      },
    },
    openSession: createOpenSession(
      { publicOrigin: "https://reserves.example", sessionMs: 60_000 },
      {
        async open(login) {
          opened.push(login);
          return "session";
        },
      },
    ),
    log: silentLog,
    perIp: createRateLimiter(
      { cost: 1_000, windowMs: 60_000 },
      { counters: createMemoryWindowCounters(), clock },
    ),
  });
});
afterEach(() => server.close());

const post = (payload: unknown, headers: Readonly<Record<string, string>> = OWN) =>
  server.inject({
    method: "POST",
    url: "/v1/auth/password",
    payload: JSON.stringify(payload),
    headers: { "content-type": "application/json", ...headers },
  });

describe("logins with a password [GUARD-13]", () => {
  it("open the session that other logins open", async () => {
    const { statusCode, cookies } = await post(RIGHT);
    expect(statusCode).toBe(204);
    expect(cookies).toMatchObject([
      { name: "__Host-trellis", httpOnly: true, secure: true, sameSite: "Lax", maxAge: 60 },
    ]);
    expect(opened.splice(0)).toEqual([{ provider: "password", principal: ANN }]);
  });

  it("LOGIN_REFUSED: 401, which is an offence; NOT_FOUND: without a directory", async () => {
    const refused = await post({ user: "ann", password: "wrong" });
    expect(refused.json()).toMatchObject({ status: 401, code: "LOGIN_REFUSED" });
    expect(refused.cookies).toEqual([]);
    hasDirectory = false;
    expect((await post(RIGHT)).json()).toMatchObject({ status: 404, code: "NOT_FOUND" });
  });

  it("CROSS_SITE_REQUEST: another site signs nobody in", async () => {
    for (const headers of [{}, { "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }])
      expect((await post(RIGHT, headers as Record<string, string>)).json()).toMatchObject({
        code: "CROSS_SITE_REQUEST",
      });
  });

  it("REQUEST_INVALID: other bodies, whose text is not repeated", async () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ user: fc.jsonValue(), password: fc.jsonValue() }),
      fc.record({ user: fc.constant("ann"), password: fc.constantFrom("", "x".repeat(513)) }),
    );
    await fc.assert(
      fc.asyncProperty(body, async (given) => {
        const { user, password } = (given ?? {}) as Partial<typeof RIGHT>;
        fc.pre(
          !(
            typeof user === "string" &&
            typeof password === "string" &&
            password.length < 513 &&
            password !== ""
          ),
        );
        expect((await post(given)).json()).toMatchObject({ status: 400 });
      }),
      { numRuns: 40 },
    );
    const secret = await post({ user: 7, password: "Canary-Ann-4711" });
    expect(secret.body).not.toContain("Canary");
    expect((await post({ ...RIGHT, password: "x".repeat(9_000) })).statusCode).toBe(413);
  });
});
