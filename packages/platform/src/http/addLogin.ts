import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Authenticator } from "../auth/createAuthenticator.ts";
import type { OidcLogin } from "../auth/createOidcLogin.ts";
import type { SessionTokens } from "../auth/createSessionTokens.ts";
import type { RateLimiter } from "../auth/rateLimit.ts";

/** `__Host-`: browsers take it over https alone, for this host alone (RFC 6265bis section 4.1.3.2). */
export const SESSION_COOKIE = "__Host-trellis";
const LOGIN_COOKIE = "__Host-trellis-login";
const LOGIN_S_MAX = 600;

export interface LoginOptions {
  /** `/v1/auth`: the provider sends browsers back to `/v1/auth/callback` below the public address. */
  readonly prefix: string;
  /** `https://reserves.example`: how browsers see this service. */
  readonly publicOrigin: string;
  /** Where a browser goes once it is logged in. */
  readonly home: string;
  readonly sessionMs: number;
}

export interface LoginPorts {
  readonly login: OidcLogin;
  readonly sessions: SessionTokens;
  readonly authenticator: Authenticator;
  readonly perIp: RateLimiter;
}

/** Lets people in by a browser: `login` sends them to the provider, `callback` takes them back, `logout` ends it. */
export function addLogin(server: FastifyInstance, options: LoginOptions, ports: LoginPorts): void {
  const { prefix, publicOrigin, home, sessionMs } = options;
  const { login, sessions, authenticator, perIp } = ports;

  server.get(`${prefix}/login`, async (request, reply) => {
    await perIp.take(request.ip, 5);
    const { url, cookie } = await login.begin();
    return reply.header("set-cookie", cookieText(LOGIN_COOKIE, cookie, LOGIN_S_MAX)).redirect(url.href);
  });

  server.get(`${prefix}/callback`, async (request, reply) => {
    await perIp.take(request.ip, 5);
    const principal = await login.finish(new URL(request.url, publicOrigin), cookieOf(request, LOGIN_COOKIE));
    const session = cookieText(
      SESSION_COOKIE,
      await sessions.issue(principal),
      Math.floor(sessionMs / 1_000),
    );
    return reply.header("set-cookie", [session, cookieText(LOGIN_COOKIE, "", 0)]).redirect(home);
  });

  server.post(`${prefix}/logout`, async (request, reply) => {
    await requireOwnSite(request, authenticator);
    return reply
      .code(204)
      .header("set-cookie", cookieText(SESSION_COOKIE, "", 0))
      .send();
  });
}

/** Another site must not log anyone out: recognising a session's cookie checks that, as for every change. */
async function requireOwnSite(request: FastifyRequest, authenticator: Authenticator): Promise<void> {
  const { method, url: target, protocol: scheme, headers } = request;
  await authenticator.authenticate({ method, target, scheme, headers, hasBody: false });
}

function cookieText(name: string, value: string, maxAgeS: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeS}; Secure; HttpOnly; SameSite=Lax`;
}

function cookieOf({ headers }: FastifyRequest, name: string): string | undefined {
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
