import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAuditLog, recordChanges } from "../audit/index.ts";
import { createApiKeys, createSessionTokens, type Role, type Sessions } from "../auth/index.ts";
import { openTestApi } from "../http/testing/openTestApi.ts";
import { countingRandom, TestTime } from "../http/testing/TestTime.ts";
import { createExampleSessions, createMemoryApiKeyStore, createMemoryAuditStore } from "../testing/index.ts";
import { administrationRoutes } from "./index.ts";

const CLIENT = { address: "192.0.2.1", userAgent: "Firefox" };
const idOf = (role: Role): string => `user:Bearer ${role}`;
let sessions: Sessions;
let audit: ReturnType<typeof createMemoryAuditStore>;
let server: Awaited<ReturnType<typeof openTestApi>>["server"];

beforeEach(async () => {
  const clock = new TestTime();
  const random = countingRandom();
  const apiKeys = createApiKeys({ store: createMemoryApiKeyStore(), clock, random });
  const secret = new Uint8Array(32).fill(1);
  const tokens = createSessionTokens({ secret, service: "x", lifetimeMs: 60_000 }, { clock });
  sessions = await createExampleSessions({ tokens, apiKeys, clock, random });
  audit = createMemoryAuditStore();
  const log = createAuditLog({ store: audit, clock });
  const routes = administrationRoutes({ apiKeys, sessions, audit: { log, store: audit } });
  ({ server } = await openTestApi(routes.map((route) => recordChanges(route, log))));
  for (const role of ["viewer", "viewer", "customer"] as const) {
    const principal = { id: idOf(role), kind: "user", role, customerId: undefined, scopes: "all" } as const;
    await sessions.open({ provider: "openId", principal }, CLIENT);
  }
});
afterEach(() => server.close());

async function ask(role: Role, method: "GET" | "DELETE", path: string) {
  const headers = { authorization: `Bearer ${role}` };
  const answer = await server.inject({ method, url: path, headers });
  return { status: answer.statusCode, body: answer.json() };
}
const listed = async (role: Role, query = "") =>
  (await ask(role, "GET", `/v1/sessions${query}`)).body.items as { id: string; principal: string }[];
const countOf = async (role: Role, query = "") => (await listed(role, query)).length;
const of = (id: string) => `?principal=${encodeURIComponent(id)}`;

describe("browser sessions [GUARD-14]", () => {
  it("an admin sees all sessions, newest first and in pages; others see their own", async () => {
    const all = await listed("admin");
    expect(all).toHaveLength(4);
    expect(all.map(({ id }) => id)).toEqual(
      all
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
    const first = (await ask("admin", "GET", "/v1/sessions?limit=3")).body;
    const rest = (await ask("admin", "GET", `/v1/sessions?limit=3&cursor=${first.next}`)).body;
    expect([...first.items, ...rest.items]).toEqual(all);
    expect(await countOf("admin", of(idOf("viewer")))).toBe(2);
    const own = await listed("viewer");
    expect(own).toMatchObject([{ principal: idOf("viewer"), provider: "openId", ...CLIENT }, {}]);
    expect(own).toHaveLength(2);
    expect(await ask("viewer", "GET", `/v1/sessions${of("user:alice")}`)).toMatchObject({
      status: 403,
      body: { code: "ROLE_FORBIDDEN" },
    });
  });

  it("an admin ends any session, others only their own; the audit log names the user", async () => {
    const [own] = await listed("viewer");
    const [other] = await listed("customer");
    expect(await ask("viewer", "DELETE", `/v1/sessions/${other!.id}`)).toMatchObject({
      status: 404,
      body: { code: "NOT_FOUND" },
    });
    expect(await ask("viewer", "DELETE", `/v1/sessions/${own!.id}`)).toMatchObject({
      status: 200,
      body: own,
    });
    expect(await ask("admin", "DELETE", `/v1/sessions/${other!.id}`)).toMatchObject({ status: 200 });
    expect(await ask("admin", "DELETE", `/v1/sessions/${other!.id}`)).toMatchObject({ status: 404 });
    expect([await countOf("viewer"), await countOf("customer")]).toEqual([1, 0]);
    expect(await audit.read(1, 2)).toMatchObject([
      { action: "endSession", subject: own!.id, facts: { principal: idOf("viewer") } },
      { actor: idOf("admin"), subject: other!.id, facts: { principal: idOf("customer") } },
    ]);
  });

  it("ends all sessions of a user, whose id may contain a slash", async () => {
    const end = (role: Role, id: string) =>
      ask(role, "DELETE", `/v1/principals/${encodeURIComponent(id)}/sessions`);
    expect(await end("viewer", "user:alice")).toMatchObject({ body: { code: "ROLE_FORBIDDEN" } });
    expect(await end("viewer", idOf("viewer"))).toEqual({ status: 200, body: { endedCount: 2 } });
    const principal = { id: "user:corp/bob", kind: "user", role: "viewer", customerId: undefined } as const;
    await sessions.open({ provider: "password", principal: { ...principal, scopes: "all" } }, CLIENT);
    expect(await end("admin", "user:corp/bob")).toEqual({ status: 200, body: { endedCount: 1 } });
    expect(await countOf("admin")).toBe(2);
    expect(await audit.read(2, 1)).toMatchObject([
      { action: "endSessionsOfPrincipal", subject: "user:corp/bob" },
    ]);
  });
});
