import { isTrellisError, type Log } from "@trellis/base";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { OidcLogin } from "../auth/createOidcLogin.ts";
import type { RateLimiter } from "../auth/rateLimit.ts";
import { wayOf } from "./addSessions.ts";
import { correlationOf } from "./createServer.ts";
import { httpErrors } from "./errors.ts";
import type { OpenSession } from "./openSession.ts";
import { cookieOf, cookieText, isSecure, loginCookieName } from "./sessionCookie.ts";

const LOGIN_S_MAX = 600;

export interface LoginOptions {
  /** Such as `/v1/auth`. Issuers redirect to `PREFIX/callback` or `PREFIX/callback/NAME`. */
  readonly prefix: string;
  readonly publicOrigin: string;
  readonly home: string;
  /** Page of failed logins, with `refused` (error code) and `request` (correlation id). */
  readonly signIn: string;
}

export interface LoginPorts {
  /** `issuer`: name, or empty. */
  readonly loginOf: (issuer: string) => OidcLogin | undefined;
  readonly openSession: OpenSession;
  readonly perIp: RateLimiter;
  readonly log: Log;
}

export function addLogin(server: FastifyInstance, options: LoginOptions, ports: LoginPorts): void {
  const { prefix, publicOrigin, home } = options;
  const { openSession, perIp, log } = ports;
  const isSecureOf = ({ protocol }: FastifyRequest): boolean => isSecure(protocol, publicOrigin);
  const forgetting = (request: FastifyRequest): string =>
    cookieText(loginCookieName(isSecureOf(request)), "", 0);

  const nameOf = ({ params }: FastifyRequest): string =>
    (params as { readonly issuer?: string }).issuer ?? "";
  const loginOf = (request: FastifyRequest): OidcLogin => {
    const login = ports.loginOf(nameOf(request));
    if (login === undefined) throw httpErrors.NOT_FOUND({ reason: "no such issuer" });
    return login;
  };

  server.get(`${prefix}/login/:issuer?`, { errorHandler: tellPerson }, async (request, reply) => {
    await perIp.take(request.ip, 5);
    const { url, cookie } = await loginOf(request).begin();
    const name = loginCookieName(isSecureOf(request));
    return reply.header("set-cookie", cookieText(name, cookie, LOGIN_S_MAX)).redirect(url.href);
  });

  // One callback per issuer prevents mix-up attacks (RFC 9700, section 4.4).
  server.get(`${prefix}/callback/:issuer?`, { errorHandler: tellPerson }, async (request, reply) => {
    await perIp.take(request.ip, 5);
    const remembered = cookieOf(request, loginCookieName(isSecureOf(request)));
    const principal = await loginOf(request).finish(new URL(request.url, publicOrigin), remembered);
    const session = await openSession(request, { provider: wayOf(nameOf(request)), principal });
    return reply.header("set-cookie", [session, forgetting(request)]).redirect(home);
  });

  function tellPerson(error: Error, request: FastifyRequest, reply: FastifyReply): void {
    const { correlationId } = correlationOf(request);
    log.warn("login.refused", { correlationId, error });
    if (!isTrellisError(error) || !(request.headers.accept ?? "").includes("text/html")) throw error;
    const query = new URLSearchParams({ refused: error.code, request: correlationId });
    void reply.redirect(`${options.signIn}?${query}`);
  }
}
