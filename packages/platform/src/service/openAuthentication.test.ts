import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@trellis/base";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKeys } from "../auth/index.ts";
import { systemClock, systemRandom } from "../system/index.ts";
import { createMemoryApiKeyStore } from "../testing/createMemoryApiKeyStore.ts";
import { createMemoryNonceStore } from "../testing/createMemoryNonceStore.ts";
import { createMemorySessionStore } from "../testing/createMemorySessionStore.ts";
import { openAuthentication } from "./openAuthentication.ts";
import {
  type AuthenticationSettings,
  authenticationSettings,
  type ServiceKeySetting,
} from "./settings/authenticationSettings.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-authentication-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function open(change: Readonly<Record<string, unknown>>) {
  const settings = Object.fromEntries(
    Object.entries(authenticationSettings).map(([name, setting]) => [
      name,
      setting.type.parse(name in change ? change[name] : setting.default),
    ]),
  ) as unknown as AuthenticationSettings;
  const output = { write: () => {}, isTerminal: false };
  return openAuthentication(settings, {
    service: "test",
    sessionSecrets: () => [new Uint8Array(32)],
    apiKeys: createApiKeys({ store: createMemoryApiKeyStore(), clock: systemClock, random: systemRandom }),
    sessionStore: createMemorySessionStore(),
    nonces: createMemoryNonceStore({ clock: systemClock }),
    perIp: { take: async () => ({ limit: 1, remaining: 1, resetS: 1 }) },
    clock: systemClock,
    random: systemRandom,
    io: { stdout: output, stderr: output, environment: {}, askSecret: async () => "short", log: silentLog },
  });
}

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return `file:${join(folder, name)}`;
};
const code = (name: string) => expect.objectContaining({ code: name });
const keyInvalid = expect.objectContaining({
  code: "CONFIG_INVALID_VALUE",
  facts: expect.objectContaining({ setting: "serviceKeys", id: "a" }),
});
const CLIENT = { name: "exporter", role: "operator", scopes: ["*"] };
const ISSUER = { issuer: "https://id.example", audience: "trellis" };

describe("authentication methods of a service", () => {
  it.each([
    ["a provider without an audience", { issuer: "https://id.example" }],
    ["an audience without a provider", { audience: "trellis" }],
    ["logins without a provider", { clientId: "console" }],
    ["logins without a secret", { ...ISSUER, clientId: "console" }],
    ["logins without a return address", { ...ISSUER, clientId: "console", clientSecretFrom: "env:X" }],
  ])("CONFIG_INVALID_VALUE: %s", async (_, oidc) => {
    const facts = expect.objectContaining({ reason: expect.stringMatching(/^needs .* too$/) });
    await expect(open({ oidc })).rejects.toMatchObject({ code: "CONFIG_INVALID_VALUE", facts });
  });

  const CORP = { name: "corp", ...ISSUER };
  const DIRECTORY = { url: "ldaps://ldap.example", baseDn: "dc=example", roles: { "cn=a": "admin" } };

  it.each([
    ["an issuer twice", { oidc: ISSUER, issuers: [CORP] }],
    ["a name twice", { issuers: [CORP, { ...CORP, issuer: "https://other.example" }] }],
    ["an issuer without an audience", { issuers: [{ ...CORP, audience: "" }] }],
    [
      "its logins without a secret",
      { issuers: [{ ...CORP, clientId: "console" }], publicUrl: "https://a.example" },
    ],
    ["a directory without a base", { ldap: { ...DIRECTORY, baseDn: "" } }],
    ["a directory without roles", { ldap: { ...DIRECTORY, roles: {} } }],
    ["a directory's account without a password", { ldap: { ...DIRECTORY, bindDn: "cn=search" } }],
    ["a password without an account", { ldap: { ...DIRECTORY, bindPasswordFrom: "env:X" } }],
    ["a certificate twice", { clientCertificates: [{ ...CLIENT }, { ...CLIENT }] }],
  ])("CONFIG_INVALID_VALUE: %s", async (_, change) => {
    const facts = expect.objectContaining({
      reason: expect.stringMatching(/^(?:needs .* too|duplicate \w+)$/),
    });
    await expect(open(change)).rejects.toMatchObject({ code: "CONFIG_INVALID_VALUE", facts });
  });

  it("opens all kinds of providers together", async () => {
    const ldap = JSON.stringify(DIRECTORY);
    await expect(
      open({ oidc: ISSUER, issuers: [{ ...CORP, issuer: "https://corp.example" }], ldap }),
    ).resolves.toBeDefined();
  });

  it.each([
    ["issuers", [{ ...ISSUER }]],
    ["issuers", [{ name: "corp", audience: "a" }]],
    ["issuers", [{ ...CORP, name: "ldap" }]],
    ["issuers", [{ ...CORP, name: "Corp/x" }]],
    ["issuers", [{ ...CORP, issuer: "http://id.example" }]],
    ["issuers", [{ ...CORP, secret: "x" }]],
    ["ldap", { ...DIRECTORY, url: "http://ldap.example" }],
    ["ldap", { ...DIRECTORY, url: "ldap://ldap.example/dc=example" }],
    ["ldap", { ...DIRECTORY, roles: { "cn=a": "customer" } }],
    ["ldap", { ...DIRECTORY, roles: { admins: "admin" } }],
    ["ldap", { ...DIRECTORY, userFilter: "(uid=ann)" }],
    ["ldap", { ...DIRECTORY, memberFilter: "(member=*)" }],
    ["ldap", { ...DIRECTORY, bindDn: "search" }],
    ["clientCertificates", [{ ...CLIENT, role: "customer" }]],
    ["clientCertificates", [{ ...CLIENT, scopes: [] }]],
  ] as const)("refuses the setting %s: %j", (name, value) => {
    expect(authenticationSettings[name].type.safeParse(value).success).toBe(false);
  });

  const pem = (pair: { publicKey: KeyObject }): string =>
    pair.publicKey.export({ format: "pem", type: "spki" }).toString();
  const edwards = pem(generateKeyPairSync("ed25519"));
  const p384 = pem(generateKeyPairSync("ec", { namedCurve: "secp384r1" }));
  const key = { id: "a", algorithm: "ed25519", publicKey: edwards, role: "operator", scopes: ["*"] } as const;

  it("accepts keys of both kinds of curves", async () => {
    const p256 = pem(generateKeyPairSync("ec", { namedCurve: "prime256v1" }));
    const second = { ...key, id: "b", algorithm: "ecdsa-p256-sha256", publicKey: p256 };
    await expect(open({ serviceKeys: [key, second] })).resolves.toBeDefined();
    await expect(open({ serviceKeys: JSON.stringify([key]) })).resolves.toBeDefined();
  });

  const bad: readonly (readonly [string, readonly Partial<ServiceKeySetting>[]])[] = [
    ["a duplicate id", [key, key]],
    ["a key of another kind", [{ ...key, algorithm: "ecdsa-p256-sha256" }]],
    ["a key of another curve", [{ ...key, algorithm: "ecdsa-p256-sha256", publicKey: p384 }]],
    ["no key", [{ ...key, publicKey: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" }]],
  ];
  it.each(bad)("CONFIG_INVALID_VALUE: %s", async (_, serviceKeys) => {
    await expect(open({ serviceKeys })).rejects.toThrowError(keyInvalid);
  });

  it("CONFIG_INVALID_VALUE: a guessable secret", async () => {
    const guessed = {
      id: "a",
      algorithm: "hmac-sha256",
      secretFrom: file("secret", "31 characters are not enough yet\n".slice(2)),
      role: "operator",
      scopes: ["*"],
    };
    await expect(open({ serviceKeys: [guessed] })).rejects.toThrowError(keyInvalid);
  });

  it.each([
    ["customers do not sign", { role: "customer" }],
    ["no scope", { scopes: [] }],
    ["an unknown scope", { scopes: ["everything"] }],
    ["both kinds of key", { secretFrom: "env:X" }],
    ["neither", { publicKey: undefined }],
    ["an unknown field", { expires: 1 }],
  ])("refuses the setting: %s", (_, change) => {
    expect(authenticationSettings.serviceKeys.type.safeParse([{ ...key, ...change }]).success).toBe(false);
  });

  it("CONFIG_INVALID_VALUE: a file that holds no key set, or holds secrets", async () => {
    const secrets = "JWK set contains secret keys";
    for (const [name, reason, text] of [
      ["none", "not a JWK set", "{}"],
      ["symmetric", secrets, JSON.stringify({ keys: [{ kty: "oct", k: "AAAA" }] })],
      ["private", secrets, JSON.stringify({ keys: [{ kty: "OKP", crv: "Ed25519", x: "AA", d: "AA" }] })],
    ] as const) {
      const opening = open({ oidc: { ...ISSUER, keys: file(name, text) } });
      await expect(opening, name).rejects.toMatchObject({
        code: "CONFIG_INVALID_VALUE",
        facts: { setting: "oidc.keys", reason },
      });
    }
    await expect(open({ oidc: { ...ISSUER, keys: `file:${folder}/absent` } })).rejects.toThrowError(
      code("SECRET_UNREADABLE"),
    );
  });
});
