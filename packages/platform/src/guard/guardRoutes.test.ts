import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTestApi } from "../http/testing/openTestApi.ts";
import { noteRefusal } from "./createHttpLimits.ts";
import { guardRoutes } from "./guardRoutes.ts";
import { requireKnownClients, requireSafeListeners } from "./requireSafeListeners.ts";
import { openTestGuard } from "./testing/openTestGuard.ts";

async function open() {
  const { guard, logged, time } = openTestGuard({
    lists: { allow: ["192.0.2.0/24"], deny: ["198.51.100.1"] },
  });
  const { server } = await openTestApi(guardRoutes(guard, "/v1/operations"));
  const send = async (
    method: "GET" | "POST" | "DELETE",
    url: string,
    payload?: object,
    role = "operator",
  ) => {
    const headers = { authorization: `Bearer ${role}`, "content-type": "application/json" };
    const answer = await server.inject({
      method,
      url: `/v1/operations/guard${url}`,
      headers,
      ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
    });
    return { status: answer.statusCode, body: answer.json() };
  };
  return { guard, logged, time, send };
}

describe("guard routes", () => {
  it("list, ban and unban", async () => {
    const { guard, logged, send } = await open();
    expect((await send("GET", "")).body).toEqual({
      lowPriorityShare: 1,
      allow: ["192.0.2.0/24"],
      deny: ["198.51.100.1"],
      bans: [],
    });
    const ban = { network: "2001:DB8::1", seconds: 60, reason: "scans" };
    expect((await send("POST", "/bans", ban)).body.bans).toMatchObject([
      { network: "2001:db8:0:0::/64", reason: "scans", by: "user:Bearer operator" },
    ]);
    expect(guard.visitors.banOf("2001:db8:0:0:9:9:9:9")).toBeDefined();
    expect((await send("POST", "/bans", { network: "203.0.113.0/24", reason: "x" })).body.bans).toHaveLength(
      2,
    );
    expect((await send("DELETE", "/bans?network=203.0.113.0%2F24")).body.bans).toHaveLength(1);
    expect((await send("DELETE", "/bans?network=203.0.113.0%2F24")).status).toBe(404);
    expect(logged).toEqual(["guard.clientBanned", "guard.clientBanned", "guard.clientUnbanned"]);
  });

  it("a ban for a time ends", async () => {
    const { guard, send, time } = await open();
    await send("POST", "/bans", { network: "203.0.113.7", seconds: 60, reason: "x" });
    time.move(59_999);
    expect(guard.visitors.bans()).toHaveLength(1);
    time.move(1);
    expect(guard.visitors.bans()).toEqual([]);
  });

  it("readers cannot ban", async () => {
    const { send } = await open();
    const ban = { network: "203.0.113.7", reason: "x" };
    expect((await send("POST", "/bans", ban, "auditor")).status).toBe(403);
    expect((await send("GET", "", undefined, "viewer")).status).toBe(403);
    expect((await send("GET", "", undefined, "auditor")).status).toBe(200);
  });

  it("any text bans a network or is refused", async () => {
    const { guard, send } = await open();
    const texts = fc.string({ unit: fc.constantFrom(..."0123456789abcdef.:/"), maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(texts, async (network) => {
        const before = guard.visitors.bans().length;
        const { status } = await send("POST", "/bans", { network, reason: "x" });
        expect([200, 400]).toContain(status);
        expect(guard.visitors.bans().length - before).toBeLessThanOrEqual(status === 200 ? 1 : 0);
      }),
      { numRuns: 200 },
    );
  });
});

describe("offences over HTTP [GUARD-6]", () => {
  it.each([
    [401, true, "login"],
    [429, true, "limit"],
    [400, true, "malformed"],
    [413, true, "malformed"],
    [404, false, "scan"],
    [404, true, undefined],
    [403, true, undefined],
    [409, true, undefined],
  ])("status %i, with a route: %s", (status, hasRoute, kind) => {
    const { guard, counted } = openTestGuard();
    noteRefusal(guard, { ip: "203.0.113.7", headers: {}, hasRoute }, status);
    expect([...counted.keys()]).toEqual(
      kind === undefined ? [] : [`trellis_guard_offences_total kind=${kind}`],
    );
    noteRefusal(guard, { ip: "127.0.0.1", headers: {}, hasRoute }, status);
    expect(counted.size).toBe(kind === undefined ? 0 : 1);
  });
});

describe("listeners [GUARD-9]", () => {
  const listening = (host: string, changes: object = {}) => ({
    listeners: [{ setting: "rpcHost", host, tls: false }],
    isInsecureAllowed: false,
    limitPerAddress: 100,
    ...changes,
  });
  const invalid = expect.objectContaining({ code: "CONFIG_INVALID_VALUE" });

  it("CONFIG_INVALID_VALUE: reachable without TLS or limits", () => {
    for (const host of ["127.0.0.1", "::1", "localhost"])
      requireSafeListeners(listening(host, { limitPerAddress: 0 }));
    for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
      expect(() => requireSafeListeners(listening(host))).toThrowError(invalid);
      requireSafeListeners(listening(host, { isInsecureAllowed: true }));
      requireSafeListeners(listening(host, { listeners: [{ setting: "rpcHost", host, tls: true }] }));
      const bare = listening(host, { listeners: [{ setting: "stratumHost", host, tls: undefined }] });
      expect(() => requireSafeListeners(bare)).toThrowError(
        expect.objectContaining({
          facts: expect.objectContaining({ expected: expect.stringMatching(/^a loopback address/) }),
        }),
      );
      const unlimited = listening(host, { isInsecureAllowed: true, limitPerAddress: 0 });
      expect(() => requireSafeListeners(unlimited)).toThrowError(invalid);
    }
  });

  it("CONFIG_INVALID_VALUE: a public name on loopback without trusted proxies", () => {
    const proxied = (changes: object) => () =>
      requireKnownClients({ host: "127.0.0.1", trustedProxies: [], names: ["reserves.example"], ...changes });
    expect(proxied({})).toThrowError(invalid);
    proxied({ trustedProxies: ["127.0.0.1"] })();
    proxied({ host: "0.0.0.0" })();
    proxied({ names: ["localhost", "trellis.localhost", "127.0.0.1", "*"] })();
  });
});
