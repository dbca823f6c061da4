import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { createAuthenticator } from "../http/createAuthenticator.ts";
import { countingRandom, TestTime } from "../http/testing/TestTime.ts";
import { createMemoryApiKeyStore } from "../testing/createMemoryApiKeyStore.ts";
import type { ApiKeyStore } from "./ApiKey.ts";
import { API_KEY_SIZE, apiKeyOf, formatApiKey, parseApiKey } from "./apiKeyText.ts";
import { type ApiKeyGrant, type ApiKeys, createApiKeys } from "./createApiKeys.ts";
import { createCertificateProvider } from "./createCertificateProvider.ts";
import { authErrors } from "./errors.ts";
import type { Principal } from "./Principal.ts";

const ADMIN: Principal = {
  id: "user:root",
  kind: "user",
  role: "admin",
  customerId: undefined,
  scopes: "all",
};
const GRANT: ApiKeyGrant = { name: "import", role: "operator", scopes: ["ledger:write"] };

let time: TestTime;
let store: ApiKeyStore;
let keys: ApiKeys;

beforeEach(() => {
  time = new TestTime();
  store = createMemoryApiKeyStore();
  keys = createApiKeys({ store, clock: time, random: countingRandom() });
});

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "none";
  } catch (error) {
    if (!isTrellisError(error)) return String(error);
    const { reason } = error.facts;
    return reason === undefined ? error.code : `${error.code}: ${reason}`;
  }
}

describe("API keys", () => {
  it("identify the client, and record their last use", async () => {
    const { key, text } = await keys.create(GRANT, ADMIN);
    expect(text).toMatch(/^trk_/);
    expect(await keys.authenticate(text)).toEqual({
      id: `key:${key.id}`,
      kind: "apiKey",
      role: "operator",
      customerId: undefined,
      scopes: new Set(["ledger:write"]),
    });
    expect((await store.find(key.id))?.lastUsedAtMs).toBe(time.nowMs());
  });

  it("the store never sees a secret", async () => {
    const { text } = await keys.create(GRANT, ADMIN);
    const stored = JSON.stringify(await store.list(undefined, 10));
    expect(stored).not.toContain(text.slice(21, 64));
  });

  it("API_KEY_UNKNOWN: truncated, mistyped, or arbitrary text", async () => {
    const { text } = await keys.create(GRANT, ADMIN);
    expect(await codeOf(keys.authenticate(text.slice(0, -1)))).toBe("API_KEY_UNKNOWN: malformed");
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.stringMatching(/^trk_[A-Za-z0-9_-]{16}_[A-Za-z0-9_-]{49}$/)),
        async (given) => {
          expect(await codeOf(keys.authenticate(given))).toBe("API_KEY_UNKNOWN: malformed");
        },
      ),
    );
  });

  it("a key made from given bytes contains all of them", () => {
    const bytes = Uint8Array.from({ length: API_KEY_SIZE }, (_, place) => place);
    const { id, secret } = parseApiKey(formatApiKey(apiKeyOf(bytes)));
    const held = [id, secret].map((part) => Buffer.from(part, "base64url"));
    expect(new Uint8Array(Buffer.concat(held))).toEqual(bytes);
  });

  it("API_KEY_UNKNOWN: from another store, or with another secret", async () => {
    const other = createApiKeys({ store: createMemoryApiKeyStore(), clock: time, random: countingRandom() });
    const { text } = await other.create(GRANT, ADMIN);
    expect(await codeOf(keys.authenticate(text))).toBe("API_KEY_UNKNOWN");
    const { key } = await keys.create(GRANT, ADMIN);
    await store.rotate(key.id, key.secretHash, { secretHash: new Uint8Array(32), previousUntilMs: 0 });
    expect(await codeOf(keys.authenticate(text))).toBe("API_KEY_UNKNOWN");
  });

  it("API_KEY_EXPIRED", async () => {
    const { text } = await keys.create({ ...GRANT, expiresAtMs: time.nowMs() + 1_000 }, ADMIN);
    expect(await codeOf(keys.authenticate(text))).toBe("none");
    time.move(1_000);
    expect(await codeOf(keys.authenticate(text))).toBe("API_KEY_EXPIRED");
  });

  it("API_KEY_REVOKED: at once, and it cannot be rotated", async () => {
    const { key, text } = await keys.create(GRANT, ADMIN);
    await keys.revoke(key.id);
    expect(await codeOf(keys.authenticate(text))).toBe("API_KEY_REVOKED");
    expect(await codeOf(keys.rotate(key.id, 0, ADMIN))).toBe("API_KEY_REVOKED");
  });

  it("a rotated key stays valid beside its successor for a limited time", async () => {
    const first = await keys.create(GRANT, ADMIN);
    const second = await keys.rotate(first.key.id, 60_000, ADMIN);
    expect(second!.key.id).toBe(first.key.id);
    expect(await codeOf(keys.authenticate(first.text))).toBe("none");
    expect(await codeOf(keys.authenticate(second!.text))).toBe("none");
    time.move(60_000);
    expect(await codeOf(keys.authenticate(first.text))).toBe("API_KEY_UNKNOWN");
    expect(await codeOf(keys.authenticate(second!.text))).toBe("none");
  });

  it("an unknown key is neither revoked nor rotated", async () => {
    expect(await keys.revoke("nothing")).toBeUndefined();
    expect(await keys.rotate("nothing", 0, ADMIN)).toBeUndefined();
  });

  it.each([
    ["a higher role", { role: "admin" }, { ...ADMIN, role: "operator" }],
    ["a scope that the creator lacks", {}, { ...ADMIN, scopes: new Set(["log:read"]) }],
    ["no scopes", { scopes: [] }, ADMIN],
    ["a customer without one", { role: "customer" }, ADMIN],
    ["an operator with one", { customerId: "alice" }, ADMIN],
    [
      "another customer",
      { role: "customer", customerId: "bob" },
      { ...ADMIN, role: "customer", customerId: "alice" },
    ],
    ["a key without a role", {}, { ...ADMIN, role: undefined }],
  ])("API_KEY_GRANT_INVALID: %s", async (_, change, maker) => {
    const grant = { ...GRANT, ...change } as ApiKeyGrant;
    expect(await codeOf(keys.create(grant, maker as Principal))).toBe("API_KEY_GRANT_INVALID");
  });

  it("a customer creates a key for itself", async () => {
    const maker: Principal = { ...ADMIN, role: "customer", customerId: "alice" };
    const { text } = await keys.create({ ...GRANT, role: "customer", customerId: "alice" }, maker);
    expect(await keys.authenticate(text)).toMatchObject({ role: "customer", customerId: "alice" });
  });

  it("API_KEY_GRANT_INVALID: nobody creates a key with more rights than their own", async () => {
    const { key } = await keys.create(GRANT, ADMIN);
    const maker = { ...ADMIN, scopes: new Set(["keys:write"]) };
    expect(await codeOf(keys.rotate(key.id, 0, maker))).toBe("API_KEY_GRANT_INVALID");
  });
});

describe("authentication of a request", () => {
  const TOKEN = `e30.${Buffer.from('{"iss":"i"}').toString("base64url")}.AA`;
  const request = (headers: Record<string, string>, method = "GET") => ({
    method,
    target: "/",
    scheme: "https",
    authority: "api.example",
    headers,
    hasBody: false,
  });
  const session = createAuthenticator({
    sessions: { cookie: () => "__Host-trellis", tokens: { verify: async () => ADMIN } },
  });

  it("is anonymous without a header", async () => {
    expect(await createAuthenticator({}).authenticate(request({}))).toBeUndefined();
  });

  it("REQUEST_MALFORMED: a token and a signature", async () => {
    const both = request({ authorization: "Bearer x", "signature-input": "a=()" });
    expect(await codeOf(createAuthenticator({}).authenticate(both))).toBe(
      "REQUEST_MALFORMED: more than one credential",
    );
  });

  it.each(["Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "X Bearer a", ""])(
    "TOKEN_INVALID: %j",
    async (authorization) => {
      const given = createAuthenticator({}).authenticate(request({ authorization }));
      expect(await codeOf(given)).toBe("TOKEN_INVALID: not a signed JWT");
    },
  );

  it("sends a token, an API key and a signature each to its verifier; only a signature may cover the body", async () => {
    const by = (id: string): Principal => ({ ...ADMIN, id });
    const authenticator = createAuthenticator({
      providers: {
        identify: async (credential) =>
          credential.kind === "token" ? by(`token ${credential.token} of ${credential.issuer}`) : undefined,
      },
      apiKeys: { authenticate: async (key) => by(`key ${key}`) },
      signatures: {
        verifier: { verify: async ({ authority }) => ({ keyId: authority, coversBody: true }) },
        principalOf: async (keyId) => by(`signed for ${keyId}`),
      },
    });
    const identity = async (headers: Record<string, string>) => {
      const { principal, coversBody } = (await authenticator.authenticate({
        ...request(headers),
        authority: "API.example",
      }))!;
      return [principal.id, coversBody];
    };
    for (const scheme of ["Bearer ", "bearer   "])
      expect(await identity({ authorization: `${scheme}${TOKEN}` })).toEqual([`token ${TOKEN} of i`, false]);
    expect(await identity({ authorization: "Bearer trk_a" })).toEqual(["key trk_a", false]);
    expect(await identity({ "signature-input": "a=()" })).toEqual(["signed for api.example", true]);
  });

  it("disabled methods refuse their credentials", async () => {
    const closed = createAuthenticator({});
    expect(await codeOf(closed.authenticate(request({ authorization: `Bearer ${TOKEN}` })))).toBe(
      "TOKEN_INVALID: wrong issuer",
    );
    expect(await closed.authenticate({ ...request({}), peerName: "exporter" })).toBeUndefined();
    expect(await codeOf(closed.authenticate(request({ authorization: "Bearer trk_a" })))).toBe(
      "API_KEY_UNKNOWN",
    );
    expect(await codeOf(closed.authenticate(request({ "signature-input": "a=()" })))).toBe(
      "SIGNATURE_INVALID: unknown key",
    );
    expect(authErrors.table.API_KEY_UNKNOWN.consequence).toBe("reject");
  });

  it("CROSS_SITE_REQUEST: a client certificate identifies programs, and the service's own pages", async () => {
    const providers = createCertificateProvider([{ name: "exporter", role: "operator", scopes: ["*"] }]);
    const { authenticate } = createAuthenticator({ providers });
    const as = (headers: Record<string, string>, method = "POST", peerName = "exporter") =>
      authenticate({ ...request(headers, method), peerName });
    expect((await as({}))?.principal.id).toBe("certificate:exporter");
    expect(await as({}, "POST", "stranger")).toBeUndefined();
    expect((await as({ "sec-fetch-site": "same-origin" }))?.principal.id).toBe("certificate:exporter");
    expect((await as({ "sec-fetch-site": "cross-site" }, "GET"))?.principal.id).toBe("certificate:exporter");
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
    ])
      expect(await codeOf(as(headers as unknown as Record<string, string>))).toBe("CROSS_SITE_REQUEST");
    const socket = { upgrade: "websocket", origin: "https://evil.example" };
    expect(await codeOf(as(socket, "GET"))).toBe("CROSS_SITE_REQUEST");
    expect(await codeOf(as({ authorization: "Bearer trk_a" }))).toBe("API_KEY_UNKNOWN");
  });

  it("CROSS_SITE_REQUEST: a cookie authorizes no change from another site", async () => {
    const cookie = "a=1; __Host-trellis=token";
    expect(await session.authenticate(request({ cookie }))).toMatchObject({ principal: ADMIN });
    const from = (headers: Record<string, string>) =>
      codeOf(session.authenticate(request({ cookie, ...headers }, "POST")));
    expect(await from({ "sec-fetch-site": "cross-site" })).toBe("CROSS_SITE_REQUEST");
    expect(await from({ origin: "https://evil.example" })).toBe("CROSS_SITE_REQUEST");
    expect(await from({})).toBe("CROSS_SITE_REQUEST");
    expect(await from({ "sec-fetch-site": "same-origin" })).toBe("none");
    expect(await from({ origin: "https://api.example" })).toBe("none");
    const socket = { cookie, upgrade: "websocket", origin: "https://evil.example" };
    expect(await codeOf(session.authenticate(request(socket)))).toBe("CROSS_SITE_REQUEST");
  });
});
