import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestTime } from "../http/testing/TestTime.ts";
import { createDiscoveredKeys, createPublishedKeys } from "./createDiscoveredKeys.ts";
import { createGivenKeys } from "./createGivenKeys.ts";
import { eitherSession } from "./createKeySessions.ts";
import { createSessionTokens, type SessionTokens } from "./createSessionTokens.ts";
import { createTokenVerifier } from "./createTokenVerifier.ts";
import type { Principal } from "./Principal.ts";
import type { TokenVerifier } from "./TokenVerifier.ts";

const ISSUER = "https://id.example";
const AUDIENCE = "trellis-reserves";
const time = new TestTime();
const nowS = Math.floor(time.nowMs() / 1_000);
const claims = { role: "customer", customer_id: "alice" };

let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let verifier: TokenVerifier;
let jwks: { keys: object[] };

beforeAll(async () => {
  keys = await generateKeyPair("ES256", { extractable: true });
  jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "1", alg: "ES256" }] };
  const getKey = createLocalJWKSet(jwks as Parameters<typeof createLocalJWKSet>[0]);
  verifier = createTokenVerifier(
    { issuer: ISSUER, audience: AUDIENCE, keys: { kind: "given", getKey } },
    { clock: time },
  );
});

interface Change {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Record<string, unknown>;
  readonly without?: string;
}

function token(
  { header = {}, claims: changed = {}, without }: Change = {},
  key = keys.privateKey,
): Promise<string> {
  const all: Record<string, unknown> = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "u1",
    iat: nowS,
    exp: nowS + 600,
    ...claims,
    ...changed,
  };
  if (without !== undefined) delete all[without];
  return new SignJWT(all).setProtectedHeader({ alg: "ES256", kid: "1", ...header }).sign(key);
}

async function codeOf(text: string, by = verifier): Promise<string> {
  try {
    await by.verify(text);
    return "none";
  } catch (error) {
    if (!isTrellisError(error)) return String(error);
    const { reason } = error.facts;
    return reason === undefined ? error.code : `${error.code}: ${reason}`;
  }
}

const bytesOf = (text: string) =>
  text
    .split(".")
    .map((part) => Buffer.from(part, "base64url").toString("hex"))
    .join(".");
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("tokens of an identity provider", () => {
  it("identify the client", async () => {
    const expected: Principal = {
      id: "user:u1",
      kind: "user",
      role: "customer",
      customerId: "alice",
      scopes: "all",
    };
    expect(await verifier.verify(await token())).toEqual(expected);
    const groups = await verifier.verify(
      await token({ claims: { role: ["staff", "auditor"], scope: "openid log:read" } }),
    );
    expect(groups).toMatchObject({ role: "auditor", customerId: undefined, scopes: new Set(["log:read"]) });
  });

  it("TOKEN_EXPIRED", async () => {
    expect(await codeOf(await token({ claims: { exp: nowS - 31 } }))).toBe("TOKEN_EXPIRED");
  });

  it("TOKEN_INVALID", async () => {
    expect(await codeOf(await token({ claims: { nbf: nowS + 31 } }))).toBe("TOKEN_INVALID: not valid yet");
  });

  it("TOKEN_INVALID", async () => {
    expect(await codeOf(await token({ claims: { aud: "another" } }))).toBe("TOKEN_INVALID: wrong audience");
  });

  it("TOKEN_INVALID", async () => {
    expect(await codeOf(await token({ claims: { iss: "https://evil.example" } }))).toBe(
      "TOKEN_INVALID: wrong issuer",
    );
  });

  it("TOKEN_INVALID: signed by another key, or changed", async () => {
    const other = await generateKeyPair("ES256");
    expect(await codeOf(await token({}, other.privateKey))).toBe("TOKEN_INVALID: signature does not match");
    const [header, , signature] = (await token()).split(".");
    const forged = encoded({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: "u1",
      iat: nowS,
      exp: nowS + 600,
      role: "admin",
    });
    expect(await codeOf(`${header}.${forged}.${signature}`)).toBe("TOKEN_INVALID: signature does not match");
  });

  it.each(["none", "None", "NONE", "HS256", "RS512"])("TOKEN_INVALID: %s", async (alg) => {
    const payload = encoded({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: "u1",
      iat: nowS,
      exp: nowS + 600,
      role: "admin",
    });
    const signature = alg.toLowerCase() === "none" ? "" : "AAAA";
    expect(await codeOf(`${encoded({ alg, kid: "1" })}.${payload}.${signature}`)).toBe(
      "TOKEN_INVALID: algorithm not allowed",
    );
  });

  it("TOKEN_INVALID: an unpublished key, or no key id among several", async () => {
    expect(await codeOf(await token({ header: { kid: "2" } }))).toBe("TOKEN_INVALID: unknown signing key");
    const [key] = jwks.keys;
    const getKey = createLocalJWKSet({ keys: [key, { ...key, kid: "2" }] } as typeof jwks as never);
    const among = createTokenVerifier(
      { issuer: ISSUER, audience: AUDIENCE, keys: { kind: "given", getKey } },
      { clock: time },
    );
    expect(await codeOf(await token({ header: { kid: "2" } }), among)).toBe("none");
    const { kid: _, ...header } = { kid: "", alg: "ES256" };
    const unnamed = new SignJWT({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: "u1",
      iat: nowS,
      exp: nowS + 600,
      ...claims,
    });
    expect(await codeOf(await unnamed.setProtectedHeader(header).sign(keys.privateKey), among)).toBe(
      "TOKEN_INVALID: unknown signing key",
    );
  });

  it("TOKEN_INVALID: issued later than the permitted clock difference", async () => {
    expect(await codeOf(await token({ claims: { iat: nowS + 29 } }))).toBe("none");
    expect(await codeOf(await token({ claims: { iat: nowS + 31 } }))).toBe("TOKEN_INVALID: not valid yet");
  });

  it.each(["sub", "exp", "iat", "role", "customer_id", "aud", "iss"])(
    "TOKEN_CLAIM_INVALID: without %s",
    async (without) => {
      expect(await codeOf(await token({ without }))).toBe("TOKEN_CLAIM_INVALID");
    },
  );

  it.each(["a\u0000b", "a\nb", "\ud800", "x".repeat(257), ""])(
    "TOKEN_CLAIM_INVALID: the subject %j",
    async (sub) => {
      expect(await codeOf(await token({ claims: { sub } }))).toBe("TOKEN_CLAIM_INVALID");
    },
  );

  it.each([
    ["exp", "soon"],
    ["nbf", "soon"],
    ["iat", "now"],
  ])("TOKEN_CLAIM_INVALID: %s is not a number", async (claim, value) => {
    expect(await codeOf(await token({ claims: { [claim]: value } }))).toBe("TOKEN_CLAIM_INVALID");
  });

  it("TOKEN_CLAIM_INVALID: an unknown role", async () => {
    expect(await codeOf(await token({ claims: { role: "root" } }))).toBe("TOKEN_CLAIM_INVALID");
  });

  it.each([5, null, { a: 1 }, [5], ["ledger:read", null]])("TOKEN_CLAIM_INVALID: scope %j", async (scope) => {
    expect(await codeOf(await token({ claims: { scope } }))).toBe("TOKEN_CLAIM_INVALID");
  });

  it.each(["openid ledger:read", ["openid", "ledger:read"]])("scope %j restricts", async (scope) => {
    const { scopes } = await verifier.verify(await token({ claims: { scope } }));
    expect(scopes).toEqual(new Set(["ledger:read"]));
  });

  it("TOKEN_INVALID: any text", async () => {
    expect(await codeOf("x".repeat(9_000))).toBe("TOKEN_INVALID: not a signed JWT");
    expect(await codeOf(`${await token()}.x`)).toBe("TOKEN_INVALID: not a signed JWT");
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_-]{0,20}(\.[A-Za-z0-9_-]{0,20}){2}$/)),
        async (text) => {
          expect(await codeOf(text)).toBe("TOKEN_INVALID: not a signed JWT");
        },
      ),
      { numRuns: 300 },
    );
  });

  it("refuses any flipped character", async () => {
    const good = await token();
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.stringMatching(/^[A-Za-z0-9]$/), async (at, letter) => {
        const changed = good.slice(0, at) + letter + good.slice(at + 1);
        const isSame = bytesOf(changed) === bytesOf(good);
        if (!isSame) expect(await codeOf(changed)).not.toBe("none");
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["a short secret", { keys: { kind: "secret", secret: new Uint8Array(31) } }],
    ["no audience", { audience: "" }],
    ["an algorithm with a public key", { algorithms: ["HS256"] }],
    ["no algorithm", { algorithms: [] }],
  ])("ARGUMENT_INVALID: %s", (_, change) => {
    const options = {
      issuer: ISSUER,
      audience: AUDIENCE,
      keys: { kind: "given", getKey: createPublishedKeys(new URL(ISSUER)) },
      ...change,
    };
    const make = () =>
      createTokenVerifier(options as Parameters<typeof createTokenVerifier>[0], { clock: time });
    const rule = expect.stringMatching(/^issuer and audience are named/);
    expect(make).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID", facts: expect.objectContaining({ rule }) }),
    );
  });
});

describe("configured keys", () => {
  const given = (text: string) =>
    createTokenVerifier(
      { issuer: ISSUER, audience: AUDIENCE, keys: { kind: "given", getKey: createGivenKeys(text) } },
      { clock: time },
    );
  const unsafe = (reason: string) =>
    expect.objectContaining({ code: "CONFIG_INVALID_VALUE", facts: { setting: "oidc.keys", reason } });

  it("verify tokens", async () => {
    expect(await codeOf(await token(), given(JSON.stringify(jwks)))).toBe("none");
    const other = await generateKeyPair("ES256");
    expect(await codeOf(await token({}, other.privateKey), given(JSON.stringify(jwks)))).toBe(
      "TOKEN_INVALID: signature does not match",
    );
  });

  it("CONFIG_INVALID_VALUE: no key set, or one with a key that also signs", async () => {
    for (const text of ["", "{", "{}", "[]", '{"keys":1}']) {
      expect(() => createGivenKeys(text)).toThrow(unsafe("not a JWK set"));
    }
    const privateKey = { ...(await exportJWK(keys.privateKey)), kid: "2" };
    const secret = { kty: "oct", k: "c2VjcmV0", kid: "2" };
    for (const key of [privateKey, secret]) {
      const text = JSON.stringify({ keys: [...jwks.keys, key] });
      expect(() => createGivenKeys(text)).toThrow(unsafe("JWK set contains secret keys"));
    }
  });
});

describe("published keys", () => {
  let server: Server;
  afterAll(() => server.close());

  it("are fetched; IDENTITY_PROVIDER_UNREACHABLE if that fails", async () => {
    let isDown = true;
    server = createServer((_request, response) => {
      response
        .writeHead(isDown ? 500 : 200, { "content-type": "application/json" })
        .end(JSON.stringify(jwks));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const jwksUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
    const make = () =>
      createTokenVerifier(
        { issuer: ISSUER, audience: AUDIENCE, keys: { kind: "given", getKey: createPublishedKeys(jwksUrl) } },
        { clock: time },
      );
    const remote = make();
    expect(await codeOf(await token(), remote)).toMatch(/^IDENTITY_PROVIDER_UNREACHABLE: /);
    isDown = false;
    expect(await codeOf(await token(), remote)).toBe("none");
    server.close();
    server.closeAllConnections();
    expect(await codeOf(await token(), make())).toMatch(/^IDENTITY_PROVIDER_UNREACHABLE: /);
  });
});

describe("discovered keys", () => {
  it.each([undefined, "http://keys.example/jwks", "ftp://127.0.0.1.example/", "keys"])(
    "IDENTITY_PROVIDER_UNREACHABLE: keys at %j, which others could change; retried after a pause",
    async (jwksUri) => {
      let asked = 0;
      const server = createServer((_request, response) => {
        asked += 1;
        const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ issuer, jwks_uri: jwksUri }));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const issuer = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const clock = new TestTime(time.nowMs());
      const getKey = createDiscoveredKeys(issuer, {}, { clock });
      const discovered = createTokenVerifier(
        { issuer: ISSUER, audience: AUDIENCE, keys: { kind: "given", getKey } },
        { clock: time },
      );
      for (let tries = 0; tries < 3; tries++) {
        expect(await codeOf(await token(), discovered)).toMatch(/^IDENTITY_PROVIDER_UNREACHABLE: /);
      }
      expect(asked).toBe(1);
      clock.move(2_001);
      await codeOf(await token(), discovered);
      expect(asked).toBe(2);
      server.close();
      server.closeAllConnections();
    },
  );
});

describe("session tokens", () => {
  let sessions: SessionTokens;
  beforeAll(() => {
    sessions = createSessionTokens(
      { secret: new Uint8Array(32).fill(7), service: AUDIENCE, lifetimeMs: 60_000 },
      { clock: time },
    );
  });
  const principal: Principal = {
    id: "user:u1",
    kind: "user",
    role: "operator",
    customerId: undefined,
    scopes: new Set(["a:b"]),
  };

  it("return the user, and expire", async () => {
    const text = await sessions.issue(principal);
    expect(await sessions.verify(text)).toEqual(principal);
    time.move(89_000);
    expect(await codeOf(text, sessions)).toBe("none");
    time.move(2_000);
    expect(await codeOf(text, sessions)).toBe("TOKEN_EXPIRED");
    time.move(-91_000);
  });

  it("restrict a customer to its own rows", async () => {
    const alice: Principal = { ...principal, role: "customer", customerId: "alice", scopes: "all" };
    expect(await sessions.verify(await sessions.issue(alice))).toEqual(alice);
  });

  it("are distinguished from sessions of an API key by their parts", async () => {
    const by = (id: string): TokenVerifier => ({ verify: async () => ({ ...principal, id }) });
    const either = eitherSession(by("token"), by("key"));
    expect(await either.verify(await sessions.issue(principal))).toMatchObject({ id: "token" });
    expect(await either.verify("a..b.c.d")).toMatchObject({ id: "key" });
  });

  it("preserve an empty list of scopes", async () => {
    const text = await sessions.issue({ ...principal, scopes: new Set() });
    expect((await sessions.verify(text)).scopes).toEqual(new Set());
  });

  it("TOKEN_INVALID: signed with another secret", async () => {
    const other = createSessionTokens(
      { secret: new Uint8Array(32).fill(8), service: AUDIENCE, lifetimeMs: 60_000 },
      { clock: time },
    );
    expect(await codeOf(await other.issue(principal), sessions)).toBe(
      "TOKEN_INVALID: signature does not match",
    );
  });
});
