import { systemClock, systemRandom } from "@trellis/platform/system";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { checkIdentity } from "./checkIdentity.ts";
import { createAuthority } from "./createCertificates.ts";
import type { ServerIdentity } from "./secureOptions.ts";
import { TlsBench } from "./testing/TlsBench.ts";

const bench = new TlsBench();
beforeAll(() => bench.prepare());

const DAY_MS = 86_400_000;
const nowMs = systemClock.nowMs();

function check(change: Partial<ServerIdentity> = {}, names: readonly string[] = [], atMs = nowMs) {
  return checkIdentity({ ...bench.server, versionMin: "TLSv1.3", ...change }, names, atMs);
}

const invalid = (facts: object) =>
  expect.objectContaining({ code: "CONFIG_INVALID_VALUE", facts: expect.objectContaining(facts) });

describe("a listener's certificate and key [GUARD-10]", () => {
  it("have names, a pin and the first expiry of the chain", () => {
    const { names, pin, expiresMs } = check({}, ["localhost", "127.0.0.1"]);
    expect(names).toContain("DNS:localhost");
    expect(pin).toMatch(/^sha256\/.{44}$/);
    expect(expiresMs / DAY_MS - nowMs / DAY_MS).toBeCloseTo(397, 0);
    const chain = `${bench.server.certificate}${bench.authority.certificate}`;
    expect(check({ certificate: chain }).expiresMs).toBe(expiresMs);
  });

  it("CONFIG_INVALID_VALUE: expired, not valid yet, of another name or key, a chain out of order", async () => {
    const expiresMs = check().expiresMs;
    expect(() => check({}, [], expiresMs)).toThrow(invalid({ reason: "expired" }));
    expect(check({}, [], expiresMs - 1).expiresMs).toBe(expiresMs);
    expect(() => check({}, [], nowMs - DAY_MS)).toThrow(invalid({ reason: "not valid yet" }));
    expect(() => check({}, ["localhost", "rpc.example"])).toThrow(
      invalid({ reason: "other name", name: "rpc.example" }),
    );
    expect(() => check({}, ["10.0.0.1"])).toThrow(invalid({ reason: "other name", name: "10.0.0.1" }));
    const { key } = await bench.issueServer();
    expect(() => check({ key })).toThrow(
      invalid({ setting: "tlsKeyFrom", reason: "key does not match the certificate" }),
    );
    const other = await createAuthority("other", { clock: systemClock, random: systemRandom });
    const certificate = `${bench.server.certificate}${other.certificate}`;
    expect(() => check({ certificate })).toThrow(invalid({ reason: "chain out of order" }));
  });

  it("CONFIG_INVALID_VALUE: texts that are no certificate or key are never quoted", () => {
    const text = fc.oneof(
      fc.string(),
      fc.base64String().map((base64) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`),
      fc.base64String().map((base64) => `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----`),
    );
    const part = fc.constantFrom("certificate", "key", "clientAuthority");
    fc.assert(
      fc.property(text, part, (given, name) => {
        let error: unknown;
        try {
          check({ [name]: given });
        } catch (thrown) {
          error = thrown;
        }
        expect(error).toMatchObject({ code: "CONFIG_INVALID_VALUE" });
        if (given.length > 8) expect(JSON.stringify(error)).not.toContain(given.slice(0, 60));
      }),
    );
  });
});
