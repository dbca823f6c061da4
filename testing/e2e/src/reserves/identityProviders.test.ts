import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTrustedFetch } from "@trellis/crypto/tls";
import { DIRECTORY, startSlapd, type TestDirectory } from "@trellis/kit";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createAuthority, type Issued, issueCertificate } from "@trellis/platform/tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, startTrellis } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";
import { AUDIENCE, CLIENT, OidcProvider } from "./OidcProvider.ts";

interface Answer {
  readonly status: number;
  readonly cookie: string;
  readonly location: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const PUBLIC_URL = "https://127.0.0.1";
const ports = { clock: systemClock, random: systemRandom };
const [first, second] = [new OidcProvider(), new OidcProvider()];
let directory: TemporaryDirectory;
let slapd: TestDirectory | undefined;
let missing: string | undefined;
let authority: Issued;
let service: Served<{ readonly url: string }>;
let ask: (path: string, init?: RequestInit) => Promise<Answer>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory.path, name), text);
    chmodSync(join(directory.path, name), 0o600);
    return join(directory.path, name);
  };
  authority = await createAuthority("authority", ports);
  const hosts = ["127.0.0.1", "127.0.0.2", "localhost"];
  const server = await issueCertificate(authority, { kind: "server", name: "server", hosts }, ports);
  await Promise.all([first.listen(), second.listen()]);
  const started = await startSlapd(server);
  if ("reason" in started) missing = started.reason;
  else slapd = started;
  const login = { clientId: CLIENT.id, clientSecretFrom: `file:${file("client", CLIENT.secret)}` };
  const { groups, searcher, baseDn } = DIRECTORY;
  const settings = {
    oidc: { issuer: first.issuer, audience: AUDIENCE, ...login },
    issuers: [{ name: "corp", issuer: second.issuer, audience: AUDIENCE, ...login }],
    // A second loopback address, for StartTLS.
    ldap: slapd && {
      url: `ldap://127.0.0.2:${slapd.port}`,
      baseDn,
      bindDn: searcher.dn,
      bindPasswordFrom: `file:${file("search", searcher.password)}`,
      roles: { [groups.admins]: "admin", [groups.operators]: "operator" },
    },
    clientCertificates: [{ name: "exporter", role: "auditor", scopes: ["self:read"] }],
    publicUrl: PUBLIC_URL,
    trustedProxies: ["127.0.0.1"],
    caFile: file("ca.pem", authority.certificate),
    tlsCertificate: file("server.pem", server.certificate),
    tlsKeyFrom: `file:${file("server.key", server.key)}`,
    tlsClientAuthority: join(directory.path, "ca.pem"),
  };
  const config = file("trellis.yaml", JSON.stringify({ reserves: settings }));
  const place = ["--data-dir", join(directory.path, "data"), "--config", config, "--port", "0"];
  service = await startTrellis<{ readonly url: string }>(["reserves", "serve", "--json", ...place]);
  ask = as({});
});
afterAll(async () => {
  await service?.stop();
  await Promise.all([first.close(), second.close(), slapd?.stop()]);
  await directory.remove();
});

function as(client: Partial<Issued>): typeof ask {
  const fetch = createTrustedFetch({ authority: authority.certificate, ...client });
  return async (path, init = {}) => {
    const response = await fetch(`${service.ready.url}${path}`, { redirect: "manual", ...init });
    const text = await response.text();
    return {
      status: response.status,
      cookie: response.headers
        .getSetCookie()
        .map((cookie) => cookie.split(";")[0])
        .join("; "),
      location: response.headers.get("location") ?? "",
      body: text.startsWith("{") ? JSON.parse(text) : {},
    };
  };
}

const bearing = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
const me = async (init: RequestInit): Promise<unknown> => {
  const { body } = await ask("/v1/me", init);
  return body.id ?? body.code;
};
const passwordFrom = (address: string, user: string, password: string): Promise<Answer> =>
  ask("/v1/auth/password", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "sec-fetch-site": "same-origin",
      "x-forwarded-for": address,
    },
    body: JSON.stringify({ user, password }),
  });

describe("several issuers at the executable [GUARD-13]", () => {
  it("each token is verified by its issuer's keys, also while another issuer is away", async () => {
    expect(await me(bearing(await first.token()))).toBe("user:ann");
    expect(await me(bearing(await second.token()))).toBe("user:corp/ann");
    expect(await me(bearing(await second.token({ claims: { iss: first.issuer } })))).toBe("TOKEN_INVALID");
    await first.close();
    expect(await me(bearing(await second.token()))).toBe("user:corp/ann");
    await first.listen();
  });

  it("LOGIN_STATE_INVALID: a login ends at the issuer at which it began", async () => {
    const begun = await ask("/v1/auth/login/corp");
    const sent = await fetch(begun.location, { redirect: "manual" });
    const back = new URL(sent.headers.get("location") ?? "");
    expect(back.pathname).toBe("/v1/auth/callback/corp");
    const cookie = { headers: { cookie: begun.cookie } };
    const mixed = await ask(`/v1/auth/callback${back.search}`, cookie);
    expect(mixed).toMatchObject({ status: 400, body: { code: "LOGIN_STATE_INVALID" } });
    const done = await ask(`${back.pathname}${back.search}`, cookie);
    expect(await me({ headers: { cookie: done.cookie } })).toBe("user:corp/carol");
  });
});

describe("client certificates at the executable [GUARD-13]", () => {
  it("a name with a grant is a principal, another one is anonymous", async () => {
    const named = async (name: string) =>
      as(await issueCertificate(authority, { kind: "client", name }, ports));
    const exporter = await named("exporter");
    expect((await exporter("/v1/me")).body).toMatchObject({ id: "certificate:exporter", role: "auditor" });
    expect((await exporter("/v1/customers")).body.code).toBe("SCOPE_FORBIDDEN");
    expect((await (await named("stranger"))("/v1/me")).body.code).toBe("AUTHENTICATION_MISSING");
  });
});

describe("a directory at the executable [GUARD-13]", () => {
  it("a password opens a session with the role of the person's groups", async ({ skip }) => {
    if (slapd === undefined) return skip(missing);
    const { ways } = (await ask("/v1/auth/session")).body;
    expect(ways).toEqual(["openId", "openId/corp", "password", "apiKey"]);
    const { cookie, status } = await passwordFrom("203.0.113.7", "ann", DIRECTORY.people.ann);
    expect(status).toBe(204);
    expect((await ask("/v1/me", { headers: { cookie } })).body).toMatchObject({
      id: "user:ldap/ann",
      role: "admin",
    });
    expect(await passwordFrom("203.0.113.7", "eve", DIRECTORY.people.eve)).toMatchObject({ status: 401 });
  });

  it("LOGIN_REFUSED, ADDRESS_REFUSED: guesses ban their address; others still log in", async ({ skip }) => {
    if (slapd === undefined) return skip(missing);
    const codes: unknown[] = [];
    for (let guess = 0; guess < 12; guess++)
      codes.push((await passwordFrom("203.0.113.9", `bob${guess}`, "Canary-Guess-4711")).body.code);
    expect(codes.slice(0, 3)).toEqual(Array(3).fill("LOGIN_REFUSED"));
    expect(codes.at(-1)).toBe("ADDRESS_REFUSED");
    expect((await passwordFrom("203.0.113.8", "bob", DIRECTORY.people.bob)).status).toBe(204);
  });

  it("IDENTITY_PROVIDER_UNREACHABLE: the directory is away; tokens still pass", async ({ skip }) => {
    if (slapd === undefined) return skip(missing);
    await slapd.stop();
    expect((await passwordFrom("203.0.113.8", "bob", DIRECTORY.people.bob)).body).toMatchObject({
      code: "IDENTITY_PROVIDER_UNREACHABLE",
    });
    expect(await me(bearing(await second.token()))).toBe("user:corp/ann");
  });

  it("no password shows in the logs", async () => {
    const { stdout, stderr } = await service.stop();
    expect(stderr).toMatch(missing === undefined ? /login.refused/ : /./);
    expect(stdout + stderr).not.toMatch(/Canary/);
  });
});
