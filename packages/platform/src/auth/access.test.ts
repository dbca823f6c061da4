import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TestTime } from "../http/testing/TestTime.ts";
import { type Access, authorize } from "./access.ts";
import { ANONYMOUS, type Principal } from "./Principal.ts";
import { RowScope } from "./RowScope.ts";
import { createMemoryWindowCounters, createRateLimiter } from "./rateLimit.ts";

const ACCESS: Access = {
  kind: "protected",
  roles: ["admin", "customer"],
  scope: "ledger:read",
  rows: "filtered",
};
const ADMIN: Principal = { id: "u", kind: "user", role: "admin", customerId: undefined, scopes: "all" };
const ALICE: Principal = { ...ADMIN, role: "customer", customerId: "alice" };

const code = (name: string) => expect.objectContaining({ code: name });

describe("access", () => {
  it("AUTHENTICATION_MISSING", () => {
    expect(() => authorize(undefined, ACCESS)).toThrow(code("AUTHENTICATION_MISSING"));
    expect(() => authorize(ANONYMOUS, ACCESS)).toThrow(code("AUTHENTICATION_MISSING"));
  });

  it("ROLE_FORBIDDEN", () => {
    expect(() => authorize({ ...ADMIN, role: "auditor" }, ACCESS)).toThrow(code("ROLE_FORBIDDEN"));
    expect(() => authorize({ ...ADMIN, role: undefined }, ACCESS)).toThrow(code("ROLE_FORBIDDEN"));
  });

  it("SCOPE_FORBIDDEN: the scope itself, its family, or all", () => {
    const withScopes =
      (...scopes: string[]) =>
      () =>
        authorize({ ...ADMIN, scopes: new Set(scopes) }, ACCESS);
    expect(withScopes("ledger:write", "snapshots:*")).toThrow(code("SCOPE_FORBIDDEN"));
    expect(withScopes()).toThrow(code("SCOPE_FORBIDDEN"));
    for (const scope of ["ledger:read", "ledger:*", "*"]) expect(withScopes(scope)().seesAll).toBe(true);
  });

  it("ROW_FORBIDDEN: a customer reads its own rows only", () => {
    const rows = authorize(ALICE, ACCESS);
    expect(rows.require("alice")).toBe("alice");
    expect(rows.filter(undefined)).toBe("alice");
    expect(() => rows.require("bob")).toThrow(code("ROW_FORBIDDEN"));
    expect(() => rows.filter("bob")).toThrow(code("ROW_FORBIDDEN"));
    expect(RowScope.of(ADMIN).filter(undefined)).toBeUndefined();
    expect(() => RowScope.of(ANONYMOUS).filter(undefined)).toThrow(code("ROW_FORBIDDEN"));
    expect(RowScope.of({ ...ALICE, customerId: undefined }).sees("alice")).toBe(false);
  });
});

describe("rate limit", () => {
  it("RATE_LIMITED: for any requests, no window has more than the limit plus its sliding part", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 3 })), { maxLength: 60 }),
        async (steps) => {
          const time = new TestTime();
          const limiter = createRateLimiter(
            { cost: 10, windowMs: 1_000 },
            { counters: createMemoryWindowCounters(), clock: time },
          );
          const taken: { atMs: number; cost: number }[] = [];
          for (const [waitMs, cost] of steps) {
            time.move(waitMs);
            try {
              await limiter.take("k", cost);
              taken.push({ atMs: time.nowMs(), cost });
            } catch (error) {
              expect(error).toMatchObject({ code: "RATE_LIMITED" });
            }
          }
          for (const [, inWindow] of Map.groupBy(taken, ({ atMs }) => Math.floor(atMs / 1_000))) {
            expect(inWindow.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(10);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("a client that waits for Retry-After is served, and a second earlier is not", async () => {
    const time = new TestTime();
    const limiter = createRateLimiter(
      { cost: 10, windowMs: 60_000 },
      { counters: createMemoryWindowCounters(), clock: time },
    );
    for (let round = 0; round < 40; round++) {
      try {
        await limiter.take("k", 3);
      } catch (error) {
        const { retryAfterS } = (error as { facts: { retryAfterS: number } }).facts;
        expect(retryAfterS).toBeGreaterThan(0);
        time.move((retryAfterS - 1) * 1_000);
        await expect(limiter.take("k", 3)).rejects.toMatchObject({ code: "RATE_LIMITED" });
        time.move(1_000);
        await limiter.take("k", 3);
      }
      time.move(1_300);
    }
  });

  it("keys have separate limits", async () => {
    const limiter = createRateLimiter(
      { cost: 1, windowMs: 1_000 },
      { counters: createMemoryWindowCounters(), clock: new TestTime() },
    );
    await limiter.take("a", 1);
    await limiter.take("b", 1);
    await expect(limiter.take("a", 1)).rejects.toMatchObject({ code: "RATE_LIMITED" });
  });
});
