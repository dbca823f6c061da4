import { describe, expect, it } from "vitest";
import { createLocalAuthenticator } from "./createLocalAuthenticator.ts";

const { authenticate } = createLocalAuthenticator();
const ask = (authority: string, method = "GET", headers: Readonly<Record<string, string>> = {}) =>
  authenticate({ method, target: "/", scheme: "http", authority, headers, hasBody: false });

describe("client of a local port", () => {
  it.each(["localhost:8080", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080"])(
    "is the operator at %s",
    async (host) => {
      expect(await ask(host, "PUT", { "sec-fetch-site": "same-origin" })).toMatchObject({
        principal: { role: "admin" },
      });
      expect(await ask(host, "PUT")).toMatchObject({ principal: { role: "admin" } });
    },
  );

  it.each(["evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "evil@x y", ""])(
    "is anonymous at %s",
    async (host) => {
      expect(await ask(host)).toBeUndefined();
    },
  );

  it("CROSS_SITE_REQUEST: another site cannot change anything", async () => {
    for (const site of ["cross-site", "same-site"]) {
      await expect(ask("localhost", "PUT", { "sec-fetch-site": site })).rejects.toMatchObject({
        code: "CROSS_SITE_REQUEST",
      });
    }
    for (const origin of ["https://evil.example", "http://localhost:3000", "null"]) {
      await expect(ask("localhost:8080", "POST", { origin })).rejects.toMatchObject({
        code: "CROSS_SITE_REQUEST",
      });
    }
    const own = { origin: "http://localhost:8080" };
    expect(await ask("localhost:8080", "POST", own)).toMatchObject({ principal: { role: "admin" } });
  });
});
