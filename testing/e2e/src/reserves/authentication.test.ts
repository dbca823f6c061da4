import { createPrivateKey, createSecretKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SignatureKey, signRequest } from "@trellis/platform/http";
import { UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ExitResult, runTrellis, type Served, startTrellis } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";
import { AUDIENCE, CLIENT, OidcProvider, type TokenChange } from "./OidcProvider.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly code?: string;
    readonly facts?: Readonly<Record<string, unknown>>;
  } & Readonly<Record<string, unknown>>;
}

const PUBLIC_URL = "https://reserves.example";
const SESSION = "__Host-trellis";
const HMAC_SECRET = "a secret of 32 characters or more";
const billing = generateKeyPairSync("ed25519");
const provider = new OidcProvider();
let directory: TemporaryDirectory;
let service: Served<Ready>;
let url: string;

const inDirectory = (name: string): string => join(directory.path, name);

function secretFile(name: string, text: string): string {
  writeFileSync(inDirectory(name), text);
  chmodSync(inDirectory(name), 0o600);
  return `file:${inDirectory(name)}`;
}

function settings(change: Readonly<Record<string, string>> = {}): string {
  const oidc = {
    issuer: provider.issuer,
    audience: AUDIENCE,
    keysReread: "1s",
    clientId: CLIENT.id,
    clientSecretFrom: secretFile("client-secret", `${CLIENT.secret}\n`),
  };
  const lines = {
    oidc: JSON.stringify(oidc),
    publicUrl: PUBLIC_URL,
    sessionLifetime: "1h",
    trustedProxies: "127.0.0.1",
    ...change,
  };
  const pem = billing.publicKey.export({ format: "pem", type: "spki" }).toString().trim();
  return [
    "reserves:",
    ...Object.entries(lines).map(([key, value]) => `  ${key}: ${value}`),
    "  serviceKeys:",
    "    - id: billing/1",
    "      algorithm: ed25519",
    "      publicKey: |",
    ...pem.split("\n").map((line) => `        ${line}`),
    "      role: operator",
    '      scopes: [self:read, "assets:*"]',
    "    - id: archive",
    "      algorithm: hmac-sha256",
    `      secretFrom: ${secretFile("hmac", HMAC_SECRET)}`,
    "      role: auditor",
    '      scopes: ["*"]',
    "",
  ].join("\n");
}

function serveArguments(text: string): string[] {
  writeFileSync(inDirectory("trellis.yaml"), text);
  const place = ["--data-dir", inDirectory("data"), "--config", inDirectory("trellis.yaml")];
  return ["reserves", "serve", "--port", "0", "--json", ...place];
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  await provider.listen();
  service = await startTrellis<Ready>(serveArguments(settings()));
  ({ url } = service.ready);
});
afterAll(async () => {
  await service?.stop();
  await provider.close();
  await directory.remove();
});

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { redirect: "manual", ...init });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith("{") ? JSON.parse(text) : {},
  };
}

const bearing = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
const nameOf = ({ code, facts }: Answer["body"]): string =>
  facts?.reason === undefined ? `${code}` : `${code}: ${facts.reason}`;
const me = async (token: string): Promise<Answer> => ask("/v1/me", bearing(token));

async function post(path: string, token: string, body: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

describe("tokens of an identity provider at the executable", () => {
  it("IDENTITY_PROVIDER_UNREACHABLE: during an outage; API keys keep working, and so do tokens when it is back", async () => {
    await provider.close();
    const token = await provider.token();
    expect(await me(token)).toMatchObject({ status: 503, body: { code: "IDENTITY_PROVIDER_UNREACHABLE" } });
    expect(await me(service.ready.adminKey)).toMatchObject({ status: 200 });
    await provider.listen();
    await expect.poll(async () => (await me(token)).status).toBe(200);
  });

  it("identify the client with its role and scopes", async () => {
    const whole = await me(await provider.token());
    expect(whole.body).toMatchObject({ id: "user:ann", role: "operator", scopes: ["*"] });
    const narrow = await provider.token({ claims: { scope: "openid self:read" } });
    expect((await me(narrow)).body).toMatchObject({ scopes: ["self:read"] });
    const refused = await ask("/v1/customers", bearing(narrow));
    expect(refused).toMatchObject({ status: 403, body: { code: "SCOPE_FORBIDDEN" } });
    expect(await ask("/v1/api-keys", bearing(await provider.token()))).toMatchObject({
      body: { code: "ROLE_FORBIDDEN" },
    });
  });

  it("ROW_FORBIDDEN: a customer's token gives access only to the customer's own rows", async () => {
    const claims = { sub: "u-7", role: "customer", customer_id: "alice" };
    const token = await provider.token({ claims });
    expect(await ask("/v1/customers/bob/balances", bearing(token))).toMatchObject({
      status: 403,
      body: { code: "ROW_FORBIDDEN" },
    });
  });

  const s = (fromNow: number): number => Math.floor(Date.now() / 1_000) + fromNow;
  const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const refused: readonly (readonly [string, string, () => Promise<string>])[] = [
    ["TOKEN_EXPIRED", "31 s ago", () => signed({ claims: { exp: s(-31), iat: s(-600) } })],
    ["none", "29 s ago, within the clock tolerance", () => signed({ claims: { exp: s(-27), iat: s(-600) } })],
    ["TOKEN_INVALID: not valid yet", "not yet valid", () => signed({ claims: { nbf: s(60) } })],
    ["TOKEN_INVALID: not valid yet", "from the future", () => signed({ claims: { iat: s(60) } })],
    ["TOKEN_INVALID: wrong audience", "for another service", () => signed({ claims: { aud: "other" } })],
    [
      "TOKEN_INVALID: wrong audience",
      "an ID token for the console",
      () => signed({ claims: { aud: CLIENT.id } }),
    ],
    [
      "TOKEN_INVALID: wrong issuer",
      "of another issuer",
      () => signed({ claims: { iss: "https://evil.example" } }),
    ],
    ["TOKEN_INVALID: signature does not match", "by another key", () => forged()],
    ["TOKEN_INVALID: signature does not match", "with a role changed", () => changed()],
    ["TOKEN_INVALID: unknown signing key", "by an unpublished key", () => signed({ header: { kid: "x" } })],
    ["TOKEN_INVALID: algorithm not allowed", "alg none", async () => unsigned()],
    ["TOKEN_INVALID: algorithm not allowed", "HS256 with the public key as secret", () => confused()],
    ["TOKEN_CLAIM_INVALID", "without a role", () => signed({ claims: { role: undefined } })],
    ["TOKEN_CLAIM_INVALID", "a customer without a name", () => signed({ claims: { role: "customer" } })],
    ["TOKEN_CLAIM_INVALID", "without an expiry", () => signed({ claims: { exp: undefined } })],
    ["TOKEN_INVALID: not a signed JWT", "no token", async () => "a.b.c"],
  ];

  const signed = (change: TokenChange): Promise<string> => provider.token(change);
  const forged = async (): Promise<string> => {
    const { importPKCS8 } = await import("jose");
    const pem = other.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    return provider.token({ key: await importPKCS8(pem, "ES256") });
  };
  const changed = async (): Promise<string> => {
    const [header, , signature] = (await provider.token()).split(".");
    const [, payload] = (await provider.token({ claims: { role: "admin" } })).split(".");
    return [header, payload, signature].join(".");
  };
  const unsigned = (): string =>
    new UnsecuredJWT({ role: "admin" })
      .setSubject("x")
      .setIssuer(provider.issuer)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime("1h")
      .encode();
  const confused = async (): Promise<string> =>
    provider.token({ header: { alg: "HS256" }, key: await provider.publicKeyText() });

  it.each(refused)("%s: %s", async (name, _, make) => {
    const { status, body, headers } = await me(await make());
    const [code] = name.split(": ");
    const shown = body.code === undefined ? "none" : nameOf(body);
    expect({ status, name: shown }).toEqual({ status: name === "none" ? 200 : 401, name });
    if (name !== "none") expect(headers.get("www-authenticate")).toBe(`Bearer error="${code}"`);
  });

  it("finds a new key of the provider, and the previous one is still valid", async () => {
    const before = await provider.token();
    await provider.rotate();
    await expect.poll(async () => (await me(await provider.token())).status).toBe(200);
    expect(await me(before)).toMatchObject({ status: 200 });
  });

  it("unknown keys cause at most the configured number of requests to the provider", async () => {
    const readsBefore = provider.keyReads;
    const since = performance.now();
    for (let n = 0; n < 20; n++) await me(await provider.token({ header: { kid: `x${n}` } }));
    const seconds = (performance.now() - since) / 1_000;
    expect(provider.keyReads - readsBefore).toBeLessThanOrEqual(1 + Math.ceil(seconds));
  });
});

describe("browser login", () => {
  async function logIn(): Promise<Answer> {
    const begun = await ask("/v1/auth/login");
    expect(begun.status).toBe(302);
    const sent = await fetch(begun.headers.get("location") ?? "", { redirect: "manual" });
    const back = sent.headers.get("location") ?? "";
    expect(back.startsWith(`${PUBLIC_URL}/v1/auth/callback?`)).toBe(true);
    return ask(back.slice(PUBLIC_URL.length), { headers: { cookie: cookiesOf(begun) } });
  }

  const cookiesOf = ({ headers }: Answer): string =>
    headers
      .getSetCookie()
      .map((cookie) => cookie.split(";")[0])
      .join("; ");

  it("creates a session, which authorizes no change from other sites, and which expires", async () => {
    const returned = await logIn();
    expect(returned.status).toBe(302);
    const cookie = cookiesOf(returned);
    expect((await ask("/v1/me", { headers: { cookie } })).body).toMatchObject({
      id: "user:carol",
      role: "operator",
    });
    const body = JSON.stringify({ id: "BTC", decimals: 8 });
    const from = (site: string) =>
      ask("/v1/assets", {
        method: "POST",
        headers: { cookie, "content-type": "application/json", "sec-fetch-site": site },
        body,
      });
    expect(await from("cross-site")).toMatchObject({ status: 403, body: { code: "CROSS_SITE_REQUEST" } });
    expect((await from("same-origin")).body.code).not.toBe("CROSS_SITE_REQUEST");
    const out = await ask("/v1/auth/logout", {
      method: "POST",
      headers: { cookie, "sec-fetch-site": "same-origin" },
    });
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()[0]).toMatch(/^__Host-trellis=; Path=\/; Max-Age=0; Secure; HttpOnly/);
  });

  it("TOKEN_INVALID: a changed session; the provider's token is not a session", async () => {
    const [, session = ""] = /__Host-trellis=([^;]+)/.exec(cookiesOf(await logIn())) ?? [];
    const [header, payload = "", signature] = session.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    const admin = Buffer.from(JSON.stringify({ ...claims, role: "admin" })).toString("base64url");
    const withCookie = async (value: string): Promise<unknown> =>
      nameOf((await ask("/v1/me", { headers: { cookie: `${SESSION}=${value}` } })).body);
    expect(await withCookie([header, admin, signature].join("."))).toBe(
      "TOKEN_INVALID: signature does not match",
    );
    expect(await withCookie(await provider.token())).toBe("TOKEN_INVALID: algorithm not allowed");
    expect(nameOf((await me(session)).body)).toBe("TOKEN_INVALID: wrong issuer");
  });

  it("LOGIN_STATE_INVALID: a callback without a login", async () => {
    expect(await ask("/v1/auth/callback?code=code-0&state=x")).toMatchObject({
      status: 400,
      body: { code: "LOGIN_STATE_INVALID" },
    });
  });

  it("TOKEN_CLAIM_INVALID: a user without a role cannot sign in", async () => {
    provider.person = { sub: "stranger", role: undefined };
    expect(await logIn()).toMatchObject({ status: 401, body: { code: "TOKEN_CLAIM_INVALID" } });
    provider.person = { sub: "carol", role: "operator" };
  });
});

describe("API keys at the executable", () => {
  it("are restricted by scopes, rotated with an overlap, and expire", async () => {
    const admin = service.ready.adminKey;
    const grant = { name: "reports", role: "auditor", scopes: ["self:read"] };
    const made = await post("/v1/api-keys", admin, grant);
    expect(made.status).toBe(201);
    const text = String(made.body.text);
    const id = text.slice("trk_".length, "trk_".length + 16);
    expect(await me(text)).toMatchObject({ status: 200 });
    expect((await ask("/v1/customers", bearing(text))).body.code).toBe("SCOPE_FORBIDDEN");

    const rotated = await post(`/v1/api-keys/${id}/rotation`, admin, { overlapMs: 3_000 });
    expect(await me(String(rotated.body.text))).toMatchObject({ status: 200 });
    expect((await me(text)).status).toBe(200);
    await expect.poll(async () => (await me(text)).body.code).toBe("API_KEY_UNKNOWN");
    expect(await me(String(rotated.body.text))).toMatchObject({ status: 200 });

    await ask(`/v1/api-keys/${id}`, { method: "DELETE", ...bearing(admin) });
    expect((await me(String(rotated.body.text))).body.code).toBe("API_KEY_REVOKED");
    expect(nameOf((await me(`${text.slice(0, -1)}x`)).body)).toBe("API_KEY_UNKNOWN: malformed");
  });

  it("API_KEY_EXPIRED", async () => {
    const expiresAtMs = Date.now() + 2_000;
    const grant = { name: "short", role: "auditor", scopes: ["*"], expiresAtMs };
    const { body } = await post("/v1/api-keys", service.ready.adminKey, grant);
    await expect.poll(async () => (await me(String(body.text))).body.code).toBe("API_KEY_EXPIRED");
  });
});

describe("signed requests (RFC 9421)", () => {
  const key: SignatureKey = { id: "billing/1", algorithm: "ed25519", key: billing.privateKey };
  const nowS = (): number => Math.floor(Date.now() / 1_000);

  interface Change {
    readonly key?: SignatureKey;
    readonly createdS?: number;
    readonly method?: string;
    readonly path?: string;
    readonly body?: string;
    readonly sentBody?: string;
    readonly nonce?: string;
  }

  async function send(change: Change = {}): Promise<Answer> {
    const { method = "GET", path = "/v1/me", body } = change;
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const request = { method, scheme: "http", authority: new URL(url).host, target: path, headers: type };
    const signed = signRequest(request, body === undefined ? undefined : Buffer.from(body), {
      key: change.key ?? key,
      createdS: change.createdS ?? nowS(),
      nonce: change.nonce ?? randomBytes(16).toString("hex"),
    });
    const sent = change.sentBody ?? body;
    return ask(path, {
      method,
      headers: { ...type, ...signed },
      ...(sent === undefined ? {} : { body: sent }),
    });
  }

  it("identify the client service by a public key or a secret", async () => {
    expect((await send()).body).toMatchObject({ id: "service:billing/1", role: "operator" });
    const secret = createSecretKey(Buffer.from(HMAC_SECRET));
    const archive: SignatureKey = { id: "archive", algorithm: "hmac-sha256", key: secret };
    expect((await send({ key: archive })).body).toMatchObject({ id: "service:archive", role: "auditor" });
    expect((await send({ path: "/v1/customers" })).body.code).toBe("SCOPE_FORBIDDEN");
  });

  it("SIGNATURE_INVALID: sent twice, and with the same nonce", async () => {
    const nonce = randomBytes(16).toString("hex");
    expect((await send({ nonce })).status).toBe(200);
    expect(await send({ nonce })).toMatchObject({
      status: 401,
      body: { code: "SIGNATURE_INVALID", facts: { reason: "replayed" } },
    });
    expect((await send({ nonce, createdS: nowS() + 5 })).body.facts?.reason).toBe("replayed");
  });

  it("SIGNATURE_INVALID: too old, or from a clock that is ahead", async () => {
    expect((await send({ createdS: nowS() - 301 })).body.facts?.reason).toBe("expired");
    expect((await send({ createdS: nowS() + 35 })).body.facts?.reason).toBe("expired");
    expect((await send({ createdS: nowS() + 25 })).status).toBe(200);
  });

  it("SIGNATURE_INVALID: a foreign key under this name, an unknown name", async () => {
    const other = createPrivateKey(
      generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }),
    );
    expect((await send({ key: { ...key, key: other } })).body.facts?.reason).toBe("signature does not match");
    expect((await send({ key: { ...key, id: "nobody" } })).body.facts?.reason).toBe("unknown key");
  });

  it("CONTENT_DIGEST_MISMATCH, SIGNATURE_INVALID: a changed body, or an unsigned one", async () => {
    const body = JSON.stringify({ id: "ETH", decimals: 18 });
    const write = { method: "POST", path: "/v1/assets" };
    const changed = await send({ ...write, body, sentBody: body.replace("18", "19") });
    expect(changed).toMatchObject({ status: 400, body: { code: "CONTENT_DIGEST_MISMATCH" } });
    expect((await send({ ...write, sentBody: body })).body).toMatchObject({
      code: "SIGNATURE_INVALID",
      facts: { component: "content-digest" },
    });
    expect((await send({ ...write, body })).status).toBe(201);
  });

  it("REQUEST_MALFORMED: a token and a signature", async () => {
    const both = { ...(bearing("x").headers as object), "signature-input": "a=()", signature: "a=:AA==:" };
    expect((await ask("/v1/me", { headers: both })).body).toMatchObject({
      code: "REQUEST_MALFORMED",
      facts: { reason: "more than one credential" },
    });
  });
});

describe("invalid settings", () => {
  const refusal = async (running: Promise<ExitResult>): Promise<Record<string, unknown>> => {
    const { stderr, exitCode } = await running;
    return { exitCode, ...JSON.parse(stderr.trim().split("\n").at(-1) ?? "{}") };
  };
  const started = (change: Record<string, string>): Promise<ExitResult> => {
    writeFileSync(inDirectory("bad.yaml"), settings(change));
    const place = ["--data-dir", inDirectory("other"), "--config", inDirectory("bad.yaml")];
    return runTrellis(["reserves", "serve", "--port", "0", "--json", ...place]);
  };

  it("CONFIG_INVALID_VALUE: a time without its unit, with file and line", async () => {
    expect(await refusal(started({ sessionLifetime: "60" }))).toMatchObject({
      exitCode: 2,
      code: "CONFIG_INVALID_VALUE",
      facts: { setting: "sessionLifetime", origin: `${inDirectory("bad.yaml")}:4`, got: "60" },
    });
  });

  it("CONFIG_INVALID_VALUE: a provider without TLS", async () => {
    const { code, facts } = await refusal(started({ oidc: '{"issuer": "http://id.example"}' }));
    expect(code).toBe("CONFIG_INVALID_VALUE");
    expect(facts).toMatchObject({ setting: "oidc.issuer" });
  });
});
