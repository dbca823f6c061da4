import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestTime } from "../http/testing/TestTime.ts";
import { createCertificateProvider } from "./createCertificateProvider.ts";
import { createDiscoveredKeys, createPublishedKeys } from "./createDiscoveredKeys.ts";
import { createIdentityProviders, tokenCredential } from "./createIdentityProviders.ts";
import { createTokenProvider } from "./createTokenProvider.ts";
import type { TokenKeys } from "./createTokenVerifier.ts";
import type { IdentityProvider } from "./IdentityProvider.ts";

const time = new TestTime();
const nowS = Math.floor(time.nowMs() / 1_000);

interface Issuer {
  readonly url: string;
  readonly audience: string;
  readonly keys: TokenKeys;
  token(claims?: object, header?: object): Promise<string>;
}

async function issuer(url: string, audience: string): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "1", alg: "ES256" };
  return {
    url,
    audience,
    keys: { kind: "given", getKey: createLocalJWKSet({ keys: [jwk] }) },
    token: (claims = {}, header = {}) =>
      new SignJWT({
        ...{ iss: url, aud: audience, sub: "ann", iat: nowS, exp: nowS + 600, role: "viewer" },
        ...claims,
      })
        .setProtectedHeader({ alg: "ES256", kid: "1", ...header })
        .sign(privateKey),
  };
}

function provider(
  { url, audience, keys }: Issuer,
  name: string,
  others: readonly string[] = [],
): IdentityProvider {
  const prefix = name === "" ? "" : `${name}/`;
  return createTokenProvider({ issuer: url, audience, keys, subjects: { prefix, others } }, { clock: time });
}

let [plain, corp, partner]: Issuer[] = [];
let providers: IdentityProvider;
beforeAll(async () => {
  plain = await issuer("https://id.example", "trellis");
  corp = await issuer("https://corp.example", "trellis");
  partner = await issuer("https://partner.example", "trellis-partner");
  providers = createIdentityProviders([
    provider(plain, "", ["corp/", "partner/", "ldap/"]),
    provider(corp, "corp"),
    provider(partner, "partner"),
    createCertificateProvider([{ name: "exporter", role: "operator", scopes: ["ledger:read"] }]),
  ]);
});

const known = (given: Issuer | undefined): Issuer => given!;

async function outcome(token: string, by = providers): Promise<string> {
  try {
    const principal = await by.identify(tokenCredential(token));
    return principal === undefined ? "nobody" : principal.id;
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    const { reason, claim } = error.facts;
    return [error.code, reason ?? claim].filter(Boolean).join(": ");
  }
}

describe("several issuers [GUARD-13]", () => {
  it("the claim iss chooses the issuer; the same subject is another user at each", async () => {
    expect(await outcome(await known(plain).token())).toBe("user:ann");
    expect(await outcome(await known(corp).token())).toBe("user:corp/ann");
    expect(await outcome(await known(partner).token())).toBe("user:partner/ann");
  });

  it("TOKEN_INVALID: another issuer's key, also one of the same name, or another issuer's audience", async () => {
    const confused = await known(corp).token({ iss: known(plain).url, role: "admin" });
    expect(await outcome(confused)).toBe("TOKEN_INVALID: signature does not match");
    const [header, , signature] = (await known(corp).token()).split(".");
    const [, payload] = (await known(plain).token()).split(".");
    expect(await outcome([header, payload, signature].join("."))).toBe(
      "TOKEN_INVALID: signature does not match",
    );
    expect(await outcome(await known(partner).token({ aud: known(plain).audience }))).toBe(
      "TOKEN_INVALID: wrong audience",
    );
    for (const jku of [known(corp).url, "https://evil.example"]) {
      const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
      const own = await new SignJWT({
        iss: known(plain).url,
        aud: "trellis",
        sub: "x",
        iat: nowS,
        exp: nowS + 60,
      })
        .setProtectedHeader({ alg: "ES256", kid: "1", jku, jwk: await exportJWK(publicKey) })
        .sign(privateKey);
      expect(await outcome(own)).toBe("TOKEN_INVALID: signature does not match");
    }
  });

  it("TOKEN_CLAIM_INVALID: a subject that looks like a user of another provider", async () => {
    for (const sub of ["corp/ann", "partner/", "ldap/ann"])
      expect(await outcome(await known(plain).token({ sub }))).toBe("TOKEN_CLAIM_INVALID: sub");
    expect(await outcome(await known(plain).token({ sub: "corporate/ann" }))).toBe("user:corporate/ann");
    expect(await outcome(await known(corp).token({ sub: "partner/ann" }))).toBe("user:corp/partner/ann");
    expect(await outcome(await known(corp).token({ sub: "x".repeat(252) }))).toBe("TOKEN_CLAIM_INVALID: sub");
  });

  it("nobody: an unknown issuer, or one that differs in a character", async () => {
    for (const iss of [
      "https://evil.example",
      "https://corp.example/",
      "HTTPS://corp.example",
      "",
      "__proto__",
    ])
      expect(await outcome(await known(corp).token({ iss }))).toBe("nobody");
  });

  it.each(["none", "HS256", "RS512"])("TOKEN_INVALID: %s", async (alg) => {
    const [, payload] = (await known(corp).token()).split(".");
    const header = Buffer.from(JSON.stringify({ alg, kid: "1" })).toString("base64url");
    expect(await outcome(`${header}.${payload}.AAAA`)).toBe("TOKEN_INVALID: algorithm not allowed");
  });

  it("TOKEN_EXPIRED, TOKEN_CLAIM_INVALID, TOKEN_INVALID: expired, no issuer, huge", async () => {
    expect(await outcome(await known(corp).token({ exp: nowS - 31 }))).toBe("TOKEN_EXPIRED");
    for (const iss of [undefined, null, 7, [known(corp).url], { a: 1 }])
      expect(await outcome(await known(corp).token({ iss }))).toBe("TOKEN_CLAIM_INVALID: iss");
    expect(await outcome(await known(corp).token({ padding: "x".repeat(9_000) }))).toBe(
      "TOKEN_INVALID: not a signed JWT",
    );
  });

  it("TOKEN_INVALID, TOKEN_CLAIM_INVALID: any text", async () => {
    const part = fc.oneof(
      fc.base64String().map((text) => text.replace(/=+$/, "")),
      fc.json().map((text) => Buffer.from(text).toString("base64url")),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 6 }).map((all) => all.join(".")),
        ),
        async (text) => {
          expect(await outcome(text)).toMatch(
            /^TOKEN_INVALID: not a signed JWT$|^TOKEN_CLAIM_INVALID: iss$|^nobody$/,
          );
        },
      ),
    );
  });
});

describe("certificates [GUARD-13]", () => {
  it("identify by their exact common name; others are nobody", async () => {
    expect(await providers.identify({ kind: "certificate", name: "exporter" })).toEqual({
      id: "certificate:exporter",
      kind: "service",
      role: "operator",
      customerId: undefined,
      scopes: new Set(["ledger:read"]),
    });
    for (const name of ["Exporter", "exporter ", "", "toString"])
      expect(await providers.identify({ kind: "certificate", name })).toBeUndefined();
  });

  it("a password is nobody's without a directory", async () => {
    expect(await providers.identify({ kind: "password", user: "ann", password: "x" })).toBeUndefined();
  });
});

describe("an issuer whose keys hang [GUARD-13]", () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ["a JWKS", () => createPublishedKeys(new URL(url))],
    ["a configuration", () => createDiscoveredKeys(new URL(url), {}, { clock: time })],
  ])(
    "IDENTITY_PROVIDER_UNREACHABLE: %s; tokens of others pass meanwhile, and few requests wait",
    async (_, keys) => {
      const hanging = await issuer(url, "trellis");
      const both = createIdentityProviders([
        provider({ ...hanging, keys: { kind: "given", getKey: keys() } }, "hanging"),
        provider(known(corp), "corp"),
      ]);
      const token = await hanging.token();
      let settled = 0;
      const waiting = Array.from({ length: 128 }, () => outcome(token, both).finally(() => settled++));
      expect(await outcome(token, both)).toBe(
        "IDENTITY_PROVIDER_UNREACHABLE: too many requests are waiting for its keys",
      );
      expect(await outcome(await known(corp).token(), both)).toBe("user:corp/ann");
      expect(settled).toBe(0);
      for (const one of await Promise.all(waiting)) expect(one).toMatch(/^IDENTITY_PROVIDER_UNREACHABLE: /);
    },
  );
});
