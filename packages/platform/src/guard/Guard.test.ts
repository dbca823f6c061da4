import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authErrors } from "../auth/errors.ts";
import type { AccessPrincipal } from "./AccessPrincipal.ts";
import type { Caller } from "./Caller.ts";
import type { Credentials, Guard } from "./Guard.ts";
import { Permissions } from "./Permissions.ts";
import { openTestGuard, testPrincipal } from "./testing/openTestGuard.ts";

const CLIENT = "203.0.113.7";

const keyed = (principals: Readonly<Record<string, AccessPrincipal>>): Credentials => ({
  identify({ headers }) {
    const name = headers.authorization?.replace("Bearer ", "");
    if (name === undefined) return undefined;
    const principal = principals[name];
    if (principal === undefined) throw authErrors.API_KEY_UNKNOWN();
    return principal;
  },
});

function caller(guard: Guard, peer = CLIENT, headers: Record<string, string> = {}): Caller {
  return guard.identify({ peer, headers }) as Caller;
}

const refused = (reason: string) =>
  expect.objectContaining({ code: "ADDRESS_REFUSED", facts: expect.objectContaining({ reason }) });

it("a caller whose credentials expired identifies again [GUARD-2]", () => {
  const principal = testPrincipal("user:a", { validMs: 5_000 });
  const { guard, time } = openTestGuard({ credentials: keyed({ a: principal }) });
  const client = caller(guard, CLIENT, { authorization: "Bearer a" });
  time.move(4_999);
  expect(client.isCurrent).toBe(true);
  time.move(1);
  expect(client.isCurrent).toBe(false);
});

describe("limits [GUARD-3]", () => {
  it("per address: IPv4-mapped IPv6 is the same client, an IPv6 /64 is one", () => {
    const { guard } = openTestGuard();
    for (let n = 0; n < 5; n++) {
      expect(caller(guard, CLIENT).take("eth_call", 1)).toBeUndefined();
      expect(caller(guard, `::ffff:${CLIENT}`).take("eth_call", 1)).toBeUndefined();
    }
    expect(caller(guard, "::ffff:cb00:7107").take("eth_call", 1)).toMatchObject({
      reason: "address",
      limit: 10,
    });
    expect(caller(guard, "203.0.113.8").take("eth_call", 1)).toBeUndefined();
    for (let n = 0; n < 10; n++) expect(caller(guard, `2001:db8::${n}`).take("eth_call", 1)).toBeUndefined();
    expect(caller(guard, "2001:db8::ffff").take("eth_call", 1)).toBeDefined();
    expect(caller(guard, "2001:db8:0:1::").take("eth_call", 1)).toBeUndefined();
  });

  it("recovers after the window, as Retry-After says", () => {
    const { guard, time } = openTestGuard();
    const client = caller(guard);
    expect(client.take("eth_call", 10)).toBeUndefined();
    time.move(1_000);
    const { retryAfterS } = client.take("eth_call", 1)!;
    time.move(retryAfterS * 1_000 - 5_000);
    expect(client.take("eth_call", 1)).toBeDefined();
    time.move(5_000);
    expect(client.take("eth_call", 1)).toBeUndefined();
  });

  it("per principal, shared by its connections and apart from its address", () => {
    const { guard } = openTestGuard({
      credentials: keyed({ a: testPrincipal("key:a"), b: testPrincipal("key:b") }),
    });
    const [a, again] = ["203.0.113.1", "203.0.113.2"].map((at) =>
      caller(guard, at, { authorization: "Bearer a" }),
    );
    for (let n = 0; n < 20; n++) expect((n % 2 ? a : again)!.take("eth_call", 1)).toBeUndefined();
    expect(a!.take("eth_call", 1)).toMatchObject({ reason: "principal", limit: 20 });
    expect(caller(guard, "203.0.113.1", { authorization: "Bearer b" }).take("eth_call", 1)).toBeUndefined();
    expect(caller(guard, "203.0.113.1").take("eth_call", 10)).toBeUndefined();
  });

  it("of one principal", () => {
    const { guard } = openTestGuard({
      credentials: keyed({
        big: testPrincipal("key:big", { limit: 1_000 }),
        free: testPrincipal("key:free", { limit: 0 }),
      }),
    });
    const big = caller(guard, CLIENT, { authorization: "Bearer big" });
    expect(big.take("eth_call", 1_000)).toBeUndefined();
    expect(big.take("eth_call", 1)).toBeDefined();
    const free = caller(guard, CLIENT, { authorization: "Bearer free" });
    for (let n = 0; n < 100; n++) expect(free.take("eth_call", 1_000)).toBeUndefined();
    expect(free.fields()).toEqual([]);
  });

  it("per method and per connection", () => {
    const perMethod = new Map([["debug_traceCall", 2]]);
    const { guard } = openTestGuard({ limits: { perMethod, perConnection: 5, perAddress: 0 } });
    const [client, other] = [caller(guard), caller(guard)];
    expect(client.take("debug_traceCall", 1)).toBeUndefined();
    expect(other.take("debug_traceCall", 1)).toBeUndefined();
    expect(client.take("debug_traceCall", 1)).toMatchObject({ reason: "method", limit: 2 });
    expect(client.take("eth_call", 4)).toBeUndefined();
    expect(client.take("eth_call", 1)).toMatchObject({ reason: "connection", limit: 5 });
    expect(other.take("eth_call", 4)).toBeUndefined();
  });

  it("settles a call by what it used [GUARD-4]", () => {
    const { guard } = openTestGuard({ limits: { perAddress: 100 } });
    const client = caller(guard);
    client.take("eth_call", 50);
    client.settle(client.part, 50, 0, 30_000);
    expect(client.remaining).toBe(98);
    client.take("eth_call", 50);
    client.settle(client.part, 50, 5, 21_000);
    expect(client.remaining).toBe(18);
    client.take("eth_call", 10);
    client.settle(client.part, 10, 20, 0);
    expect(client.remaining).toBe(0);
    expect(client.take("eth_call", 1)).toBeDefined();
  });

  it("shows the fields of draft-ietf-httpapi-ratelimit-headers", () => {
    const { guard } = openTestGuard();
    const client = caller(guard);
    client.take("eth_call", 3);
    expect(client.fields()).toEqual([
      "RateLimit-Policy",
      '"address";q=10;w=60',
      "RateLimit",
      '"address";r=7;t=60',
    ]);
  });

  it("programs on this machine and allowed networks are not limited; forwarded clients are", () => {
    const { guard } = openTestGuard({ lists: { allow: ["198.51.100.0/24"] } });
    const own = [caller(guard, "127.0.0.1"), caller(guard, "::1"), caller(guard, "198.51.100.9")];
    for (const client of own)
      for (let n = 0; n < 100; n++) expect(client.take("eth_call", 50)).toBeUndefined();
    const forwarded = caller(guard, "127.0.0.1", { "x-forwarded-for": CLIENT });
    expect(forwarded.address).toBe(CLIENT);
    expect(forwarded.take("eth_call", 10)).toBeUndefined();
    expect(forwarded.take("eth_call", 1)).toBeDefined();
  });
});

describe("permissions [GUARD-2]", () => {
  it.each([
    ["*", ["eth_call", "debug_traceCall", "rpc.discover"], []],
    ["eth:*", ["eth_call"], ["debug_traceCall", "ethx_call", "rpc.discover"]],
    ["debug:traceCall", ["debug_traceCall"], ["debug_traceCallMany", "debug_traceTransaction"]],
    ["rpc:discover", ["rpc.discover"], ["rpc_modules"]],
  ])("%s", (pattern, allowed, other) => {
    const permissions = new Permissions([pattern]);
    for (const method of allowed) expect(permissions.allows(method), method).toBe(true);
    for (const method of other) expect(permissions.allows(method), method).toBe(false);
  });

  it("names only what a pattern other than * names", () => {
    expect(new Permissions(["*"]).names("admin_peers")).toBe(false);
    expect(new Permissions(["admin:peers"]).names("admin_peers")).toBe(true);
    expect(new Permissions(["admin:*"]).names("admin_peers")).toBe(true);
  });

  it("API_KEY_UNKNOWN costs the address's limit and reputation", () => {
    const { guard, counted } = openTestGuard({ credentials: keyed({}), limits: { perAddress: 50 } });
    const attempt = () => caller(guard, CLIENT, { authorization: "Bearer x" });
    expect(attempt).toThrowError(expect.objectContaining({ code: "API_KEY_UNKNOWN" }));
    expect(attempt).toThrowError(expect.objectContaining({ code: "API_KEY_UNKNOWN" }));
    expect(attempt).toThrowError(expect.objectContaining({ code: "RATE_LIMITED" }));
    expect(counted.get("trellis_guard_offences_total kind=login")).toBe(3);
  });
});

describe("addresses [GUARD-1]", () => {
  it("ADDRESS_REFUSED: unknown, instead of one bucket for all clients of a proxy", () => {
    const { guard } = openTestGuard({ requiresForwarding: true });
    expect(() => caller(guard, undefined as never)).not.toThrow();
    expect(() => guard.identify({ peer: undefined, headers: {} })).toThrowError(refused("unknown"));
    expect(() => caller(guard, "127.0.0.1", { "x-forwarded-for": "unknown" })).toThrowError(
      refused("unknown"),
    );
    expect(() => caller(guard, "127.0.0.1", { host: "rpc.example" })).toThrowError(refused("unknown"));
    expect(caller(guard, "127.0.0.1", { host: "localhost:8545" }).principal.id).toBe("local");
    expect(caller(guard, "127.0.0.1", { host: "rpc.example", "x-forwarded-for": CLIENT }).address).toBe(
      CLIENT,
    );
  });

  it("ADDRESS_REFUSED: denied, also with valid credentials, until unbanned", () => {
    const { guard } = openTestGuard({
      lists: { deny: ["198.51.100.0/24"] },
      credentials: keyed({ a: testPrincipal("key:a") }),
    });
    const key = { authorization: "Bearer a" };
    expect(() => caller(guard, "198.51.100.9", key)).toThrowError(refused("denied"));
    expect(guard.connect("198.51.100.9")).toBeUndefined();
    const ban = { network: "203.0.113.0/24", untilMs: undefined, reason: "scans", by: "user:root" };
    const before = caller(guard, CLIENT, key);
    guard.visitors.ban(ban);
    expect(before.isCurrent).toBe(false);
    expect(() => caller(guard, CLIENT, key)).toThrowError(refused("denied"));
    expect(guard.visitors.bans()).toEqual([ban]);
    expect(guard.visitors.unban("203.0.113.0/24")).toBe(true);
    expect(caller(guard, CLIENT, key).principal.id).toBe("key:a");
    expect(guard.visitors.unban("203.0.113.0/24")).toBe(false);
  });
});

describe("reputation [GUARD-6]", () => {
  it("slows, refuses, bans for growing times and forgives; valid credentials pass an automatic ban", () => {
    const { guard, time, logged } = openTestGuard({ credentials: keyed({ a: testPrincipal("key:a") }) });
    const client = caller(guard);
    expect(client.delayMs).toBe(0);
    for (let n = 0; n < 20; n++) client.offend("malformed");
    expect(client.delayMs).toBeGreaterThan(100);
    expect(client.isCurrent).toBe(true);
    for (let n = 0; n < 10; n++) client.offend("malformed");
    expect(client.isCurrent).toBe(false);
    expect(() => caller(guard)).toThrowError(refused("banned"));
    expect(logged).toEqual([]);
    const bans: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 50 && guard.visitors.banOf(CLIENT) === undefined; n++) client.offend("malformed");
      const { untilMs } = guard.visitors.banOf(CLIENT)!;
      bans.push(untilMs! - time.nowMs());
      expect(caller(guard, CLIENT, { authorization: "Bearer a" }).principal.id).toBe("key:a");
      time.move(bans.at(-1)! - 1);
      expect(() => caller(guard)).toThrowError(refused("banned"));
      time.move(1);
      expect(caller(guard).principal.id).toBe("anonymous");
    }
    expect(bans).toEqual([60_000, 240_000, 960_000]);
    expect(logged).toEqual(["guard.banned", "guard.banned", "guard.banned"]);
  });

  it("a large refused batch is one offence; 50 times the limit leads to a ban", () => {
    const { guard, time } = openTestGuard({ limits: { perAddress: 60 } });
    const client = caller(guard);
    for (let n = 0; n < 10_000; n++) client.take("eth_call", 1);
    expect(client.delayMs).toBe(0);
    let bannedAfterMs = 0;
    for (; guard.visitors.banOf(CLIENT) === undefined && bannedAfterMs < 600_000; bannedAfterMs += 20) {
      time.move(20);
      client.take("eth_call", 1);
    }
    expect(bannedAfterMs).toBeGreaterThan(20_000);
    expect(bannedAfterMs).toBeLessThan(120_000);
  });

  it("programs on this machine commit no offences", () => {
    const { guard } = openTestGuard();
    const own = caller(guard, "127.0.0.1");
    for (let n = 0; n < 1_000; n++) own.offend("malformed");
    expect(own.isCurrent).toBe(true);
    expect(own.delayMs).toBe(0);
  });

  it("points decay to nothing, and any offences end in a bounded ban", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("malformed", "scan", "limit"), { maxLength: 400 }), (offences) => {
        const { guard, time } = openTestGuard();
        const client = caller(guard);
        for (const offence of offences) client.offend(offence as "scan");
        const ban = guard.visitors.banOf(CLIENT);
        if (ban !== undefined) expect(ban.untilMs! - time.nowMs()).toBeLessThanOrEqual(24 * 3_600_000);
        time.move(25 * 3_600_000);
        expect(caller(guard).delayMs).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe("load [GUARD-5]", () => {
  it("shrinks limits of low priority only, fast, and restores them slowly", () => {
    const { guard } = openTestGuard({
      limits: { perAddress: 100, perPrincipal: 100 },
      credentials: keyed({ a: testPrincipal("key:a"), low: testPrincipal("key:low", { priority: "low" }) }),
    });
    const clients = () =>
      [{}, { authorization: "Bearer low" }, { authorization: "Bearer a" }].map(
        (headers) => caller(guard, CLIENT, headers as Record<string, string>).limit,
      );
    guard.pressure.sample({ delayMs: 500, cpu: 0, memory: 0 });
    expect(clients()).toEqual([50, 50, 100]);
    for (let n = 0; n < 20; n++) guard.pressure.sample({ delayMs: 0, cpu: 1, memory: 0 });
    expect(clients()).toEqual([5, 5, 100]);
    guard.pressure.sample({ delayMs: 0, cpu: 0, memory: 0.95 });
    for (let n = 0; n < 10; n++) guard.pressure.sample({ delayMs: 1, cpu: 0.5, memory: 0.5 });
    expect(clients()[0]).toBe(25);
    for (let n = 0; n < 40; n++) guard.pressure.sample({ delayMs: 1, cpu: 0.5, memory: 0.5 });
    expect(clients()).toEqual([100, 100, 100]);
  });
});

describe("connections [GUARD-7]", () => {
  it("per address, and in total with a reserve for this machine", () => {
    const { guard } = openTestGuard();
    const open = (peer: string) => guard.connect(peer);
    const own = [1, 2, 3].map(() => open(CLIENT)!);
    expect(open(CLIENT)).toBeUndefined();
    expect(open(`::ffff:${CLIENT}`)).toBeUndefined();
    own[0]!();
    expect(open(CLIENT)).toBeDefined();
    for (let n = 0; n < 15; n++) expect(open(`198.51.100.${n}`), `${n}`).toBeDefined();
    expect(open("198.51.100.99")).toBeUndefined();
    expect(open("127.0.0.1")).toBeDefined();
    expect(open("127.0.0.1")).toBeDefined();
    expect(open("127.0.0.1")).toBeUndefined();
  });

  it("from a banned address only where a principal connected before", () => {
    const { guard, time } = openTestGuard({ credentials: keyed({ a: testPrincipal("key:a") }) });
    const client = caller(guard);
    for (let n = 0; n < 50; n++) client.offend("malformed");
    expect(guard.connect(CLIENT)).toBeUndefined();
    guard.visitors.unban(CLIENT);
    caller(guard, CLIENT, { authorization: "Bearer a" });
    guard.visitors.ban({ network: CLIENT, untilMs: time.nowMs() + 7_200_000, reason: "scan", by: undefined });
    expect(guard.connect(CLIENT)).toBeDefined();
    time.move(3_600_000);
    expect(guard.connect(CLIENT)).toBeUndefined();
  });

  it("WebSockets per principal and per address behind a proxy", () => {
    const { guard } = openTestGuard({ credentials: keyed({ a: testPrincipal("key:a") }) });
    const key = { authorization: "Bearer a" };
    const sockets = [1, 2].map(() => caller(guard, CLIENT, key).open()!);
    expect(caller(guard, CLIENT, key).open()).toBeUndefined();
    sockets[0]!();
    expect(caller(guard, CLIENT, key).open()).toBeDefined();
    const forwarded = { "x-forwarded-for": "198.51.100.1" };
    for (let n = 0; n < 3; n++) expect(caller(guard, "127.0.0.1", forwarded).open()).toBeDefined();
    expect(caller(guard, "127.0.0.1", forwarded).open()).toBeUndefined();
  });
});

it("metric labels never contain addresses or principals", () => {
  const { guard, counted } = openTestGuard({ credentials: keyed({ a: testPrincipal("key:a") }) });
  const clients = [
    caller(guard),
    caller(guard, "2001:db8::1"),
    caller(guard, CLIENT, { authorization: "Bearer a" }),
  ];
  for (const client of clients) {
    for (let n = 0; n < 200; n++) client.take("eth_call", 5);
    client.forbidden();
  }
  for (const label of counted.keys()) expect(label).toMatch(/^trellis_guard_\w+ (?:reason|kind)=[a-z]+$/);
});
