import { isTrellisError } from "@trellis/base";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ApiKeys } from "../auth/createApiKeys.ts";
import type { Sessions } from "../auth/createSessions.ts";
import type { Principal } from "../auth/Principal.ts";
import type { RateLimiter } from "../auth/rateLimit.ts";
import { peerNameOf } from "../tls/index.ts";
import { type Authenticator, type RequestFacts, requireSameSite } from "./createAuthenticator.ts";
import { httpErrors } from "./errors.ts";
import type { OpenSession } from "./openSession.ts";
import { cookieOf, cookieText, isSecure, sessionCookieName } from "./sessionCookie.ts";

export interface SessionOptions {
  readonly prefix: string;
  /** Such as `https://reserves.example`; empty if unknown. */
  readonly publicOrigin: string;
  readonly offers: () => LoginOffers;
}

export interface LoginOffers {
  /** Issuers with browser logins; may include the empty name. */
  readonly issuers: readonly string[];
  readonly hasPassword: boolean;
}

export interface SessionPorts {
  readonly apiKeys: Pick<ApiKeys, "authenticate">;
  readonly openSession: OpenSession;
  readonly sessions: Pick<Sessions, "close">;
  readonly authenticator: Authenticator;
  readonly perIp: RateLimiter;
}

export interface SessionAnswer {
  readonly principal: {
    readonly id: string;
    readonly role: string | null;
    readonly customerId: string | null;
    /** `*`: all scopes of the role. */
    readonly scopes: readonly string[];
  } | null;
  readonly ended: string | null;
  /** `openId/NAME` starts at `/login/NAME`, and `openId` at `/login`. */
  readonly ways: readonly ("apiKey" | "password" | "openId" | `openId/${string}`)[];
}

const BODY = z.strictObject({ apiKey: z.string().min(1).max(512) });
const BODY_BYTES_MAX = 2_048;
const COST = 5;

export function addSessions(server: FastifyInstance, options: SessionOptions, ports: SessionPorts): void {
  const { prefix, offers } = options;
  const { apiKeys, openSession, sessions, authenticator, perIp } = ports;
  const cookieName = (request: FastifyRequest): string =>
    sessionCookieName(isSecure(request.protocol, options.publicOrigin));

  server.get(`${prefix}/session`, async (request): Promise<SessionAnswer> => {
    await perIp.take(request.ip, 1);
    try {
      const identity = await authenticator.authenticate(factsOf(request));
      const principal = identity === undefined ? null : shown(identity.principal);
      return { principal, ended: null, ways: waysOf(offers()) };
    } catch (error) {
      if (!isTrellisError(error) || error.consequence !== "reject") throw error;
      return { principal: null, ended: error.code, ways: waysOf(offers()) };
    }
  });

  server.post(`${prefix}/session`, { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    await perIp.take(request.ip, COST);
    // Prevents login CSRF.
    requireSameSite(factsOf(request));
    const body = BODY.safeParse(request.body);
    if (!body.success) throw httpErrors.REQUEST_INVALID({ part: "body", field: "apiKey" });
    const { apiKey } = body.data;
    const principal = await apiKeys.authenticate(apiKey);
    const cookie = await openSession(request, { provider: "apiKey", principal, apiKey });
    return reply.code(204).header("set-cookie", cookie).send();
  });

  server.post(`${prefix}/logout`, async (request, reply) => {
    requireSameSite(factsOf(request));
    const name = cookieName(request);
    const cookie = cookieOf(request, name);
    if (cookie !== undefined) await sessions.close(cookie);
    return reply
      .code(204)
      .header("set-cookie", cookieText(name, "", 0))
      .send();
  });
}

export function wayOf(issuer: string): "openId" | `openId/${string}` {
  return issuer === "" ? "openId" : `openId/${issuer}`;
}

function waysOf({ issuers, hasPassword }: LoginOffers): SessionAnswer["ways"] {
  return [...issuers.map(wayOf), ...(hasPassword ? (["password"] as const) : []), "apiKey"];
}

export function factsOf(request: FastifyRequest): RequestFacts {
  const { method, url: target, protocol: scheme, host: authority, headers } = request;
  const peerName = peerNameOf(request.socket);
  return { method, target, scheme, authority, headers, hasBody: false, peerName };
}

function shown({ id, role, customerId, scopes }: Principal): SessionAnswer["principal"] {
  return {
    id,
    role: role ?? null,
    customerId: customerId ?? null,
    scopes: scopes === "all" ? ["*"] : [...scopes],
  };
}
