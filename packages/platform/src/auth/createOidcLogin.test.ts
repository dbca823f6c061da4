import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "@trellis/base";
import { EncryptJWT, generateKeyPair, SignJWT } from "jose";
import Provider from "oidc-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestTime } from "../http/testing/TestTime.ts";
import { systemClock } from "../system/systemClock.ts";
import { createDiscoveredKeys } from "./createDiscoveredKeys.ts";
import { createOidcLogin, type OidcLogin } from "./createOidcLogin.ts";
import { createTokenVerifier } from "./createTokenVerifier.ts";

const REDIRECT = "https://reserves.example/v1/auth/callback";
let server: Server;
let issuer: URL;
let role: string | undefined = "operator";

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const provider = new Provider(issuer.origin, {
    clients: [
      {
        client_id: "trellis",
        client_secret: "a-secret-of-the-test-and-long-enough",
        redirect_uris: [REDIRECT],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { profile: ["role"], openid: ["sub"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["of-the-test"] },
    pkce: { required: () => true },
    findAccount: async (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, role }) }),
  });
  provider.on("server_error", () => {});
  server.on("request", provider.callback());
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const SECRET = new Uint8Array(32).fill(5);

function login(
  clientSecret = "a-secret-of-the-test-and-long-enough",
  at = issuer,
  clock: Clock = systemClock,
): OidcLogin {
  const options = { issuer: at, clientId: "trellis", clientSecret, redirectUri: new URL(REDIRECT) };
  return createOidcLogin({ ...options, secret: SECRET }, { clock });
}

async function visit(start: URL): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let hop = 0; hop < 12; hop++) {
    const answer: Response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form === undefined ? {} : { method: "POST", body: form }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    const location = answer.headers.get("location");
    if (location !== null) {
      url = new URL(location, url);
      form = undefined;
      if (url.href.startsWith(REDIRECT)) return url;
      continue;
    }
    const page = await answer.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? "login";
    form = new URLSearchParams({ prompt, login: "carol", password: "x" });
    url = new URL(/action="([^"]+)"/.exec(page)?.[1] ?? "", url);
  }
  throw new Error("the provider never sent the browser back");
}

describe("login by OpenID Connect", () => {
  it("the code flow returns the user", async () => {
    const oidc = login();
    const { url, cookie } = await oidc.begin();
    expect(url.searchParams.get("code_challenge_method")).toBe("S256");
    const back = await visit(url);
    expect(await oidc.finish(back, cookie)).toEqual({
      id: "user:carol",
      kind: "user",
      role: "operator",
      customerId: undefined,
      scopes: "all",
    });
    await expect(oidc.finish(back, cookie)).rejects.toMatchObject({ code: "LOGIN_REFUSED" });
  });

  it("LOGIN_STATE_INVALID: started elsewhere, without its cookie, or with a forged cookie", async () => {
    const oidc = login();
    const { cookie } = await oidc.begin();
    const back = new URL(`${REDIRECT}?code=x&state=of-another`);
    for (const given of [cookie, undefined, "made-up"]) {
      await expect(oidc.finish(back, given)).rejects.toMatchObject({ code: "LOGIN_STATE_INVALID" });
    }
  });

  it("LOGIN_STATE_INVALID: another cookie, or ten minutes after the start", async () => {
    const time = new TestTime();
    const oidc = login(undefined, undefined, time);
    const sealed = new EncryptJWT({ state: "s" }).setProtectedHeader({ alg: "dir", enc: "A256GCM" });
    const codeOf = (state: string, cookie: string) =>
      oidc
        .finish(new URL(`${REDIRECT}?code=x&state=${state}&iss=${issuer.origin}`), cookie)
        .catch(({ code }) => code);
    expect(await codeOf("s", await sealed.encrypt(SECRET))).toBe("LOGIN_STATE_INVALID");
    const { url, cookie } = await oidc.begin();
    const state = url.searchParams.get("state") ?? "";
    time.move(599_000);
    expect(await codeOf(state, cookie)).toBe("LOGIN_REFUSED");
    time.move(2_000);
    expect(await codeOf(state, cookie)).toBe("LOGIN_STATE_INVALID");
  });

  it("LOGIN_REFUSED: by the user or the provider", async () => {
    const oidc = login();
    const { url, cookie } = await oidc.begin();
    const back = new URL(
      `${REDIRECT}?error=access_denied&state=${url.searchParams.get("state")}&iss=${issuer.origin}`,
    );
    await expect(oidc.finish(back, cookie)).rejects.toMatchObject({ code: "LOGIN_REFUSED" });
    const wrong = login("another-secret-that-is-long-enough-too");
    const second = await wrong.begin();
    await expect(wrong.finish(await visit(second.url), second.cookie)).rejects.toMatchObject({
      code: "LOGIN_REFUSED",
    });
  });

  it("TOKEN_CLAIM_INVALID: the provider returns no role", async () => {
    role = undefined;
    const oidc = login();
    const { url, cookie } = await oidc.begin();
    await expect(oidc.finish(await visit(url), cookie)).rejects.toMatchObject({
      code: "TOKEN_CLAIM_INVALID",
    });
    role = "operator";
  });

  it("IDENTITY_PROVIDER_UNREACHABLE: and the next login tries again", async () => {
    const oidc = login("x", new URL("http://127.0.0.1:9"));
    await expect(oidc.begin()).rejects.toMatchObject({ code: "IDENTITY_PROVIDER_UNREACHABLE" });
    await expect(oidc.begin()).rejects.toMatchObject({ code: "IDENTITY_PROVIDER_UNREACHABLE" });
  });

  it("IDENTITY_PROVIDER_UNREACHABLE: available at the start and down at the end", async () => {
    const gone = createServer((_request, response) => {
      const at = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
      const endpoints = { authorization_endpoint: `${at}/auth`, token_endpoint: `${at}/token` };
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ issuer: at, ...endpoints }));
    });
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const oidc = login(undefined, new URL(`http://127.0.0.1:${(gone.address() as AddressInfo).port}`));
    const { url, cookie } = await oidc.begin();
    gone.closeAllConnections();
    await new Promise((resolve) => gone.close(resolve));
    const back = new URL(`${REDIRECT}?code=x&state=${url.searchParams.get("state")}`);
    await expect(oidc.finish(back, cookie)).rejects.toMatchObject({ code: "IDENTITY_PROVIDER_UNREACHABLE" });
  });

  it("reads the provider's keys from its configuration, and no other issuer's", async () => {
    const verifierOf = (at: URL) =>
      createTokenVerifier(
        {
          issuer: at.origin,
          audience: "trellis",
          keys: { kind: "given", getKey: createDiscoveredKeys(at, {}, { clock: systemClock }) },
        },
        { clock: systemClock },
      );
    const { privateKey } = await generateKeyPair("RS256");
    const forged = await new SignJWT({ sub: "x", role: "admin" })
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer(issuer.origin)
      .setAudience("trellis")
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(privateKey);
    await expect(verifierOf(issuer).verify(forged)).rejects.toMatchObject({
      code: "TOKEN_INVALID",
      facts: { reason: "signature does not match" },
    });
    const alias = new URL(issuer.href.replace("127.0.0.1", "localhost"));
    await expect(verifierOf(alias).verify(forged)).rejects.toMatchObject({
      code: "IDENTITY_PROVIDER_UNREACHABLE",
    });
  });
});
