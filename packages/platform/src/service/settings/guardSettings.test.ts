import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeGuardSettings } from "./guardSettings.ts";

const { access, limitPerMethod, trustedProxies, anonymousMethods } = nodeGuardSettings;
const entry = { name: "wallet", keyHash: "a".repeat(64), permissions: ["eth:*"] };

describe("guard settings", () => {
  it("reads principals from YAML or JSON", () => {
    const expected = [{ ...entry, priority: "normal" }];
    expect(access.type.parse([entry])).toEqual(expected);
    expect(access.type.parse(JSON.stringify([entry]))).toEqual(expected);
    expect(access.type.parse([{ ...entry, permissions: "eth:*,debug:traceCall" }])).toMatchObject([
      { permissions: ["eth:*", "debug:traceCall"] },
    ]);
  });

  it.each([
    ["no credential", { keyHash: undefined }],
    ["two credentials", { subject: "alice" }],
    ["a key instead of its hash", { keyHash: "trn_key" }],
    ["a method instead of a pattern", { permissions: ["eth_call"] }],
    ["an unknown priority", { priority: "high" }],
    ["an unknown field", { role: "admin" }],
    ["a name with spaces", { name: "a b" }],
    ["a negative limit", { limit: -1 }],
  ])("refuses a principal with %s", (_, change) => {
    expect(access.type.safeParse([{ ...entry, ...change }]).success).toBe(false);
  });

  it("reads limits by method, networks and patterns", () => {
    expect(limitPerMethod.type.parse("eth_getLogs=60,debug_traceCall=5")).toEqual({
      eth_getLogs: 60,
      debug_traceCall: 5,
    });
    for (const text of ["eth_getLogs", "eth_getLogs=0", "=5", "eth_getLogs=x", "a=1=2"]) {
      expect(limitPerMethod.type.safeParse(text).success, text).toBe(false);
    }
    expect(trustedProxies.type.parse("10.0.0.0/8,::1")).toEqual(["10.0.0.0/8", "::1"]);
    expect(trustedProxies.type.safeParse("proxy.example").success).toBe(false);
    expect(anonymousMethods.type.parse("eth:*")).toEqual(["eth:*"]);
    expect(anonymousMethods.type.safeParse("eth").success).toBe(false);
  });

  it("any text is read or refused, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        for (const { type } of [access, limitPerMethod, trustedProxies, anonymousMethods])
          type.safeParse(text);
      }),
    );
  });
});
