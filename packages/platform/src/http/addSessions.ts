import { isTrellisError } from "@trellis/base";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { KeySessions } from "../auth/createKeySessions.ts";
import type { Principal } from "../auth/Principal.ts";
import type { RateLimiter } from "../auth/rateLimit.ts";
import { peerNameOf } from "../tls/index.ts";
import { type Authenticator, type RequestFacts, requireSameSite } from "./createAuthenticator.ts";
import { httpErrors } from "./errors.ts";
import { cookieText, sessionCookieName } from "./sessionCookie.ts";

export interface SessionOptions {
  /** `/v1/auth` */
  readonly prefix: string;
  /** `https://reserves.example`; empty if unknown. */
  readonly publicOrigin: string;
  readonly sessionMs: number;
  readonly hasLogin: boolean;
}

export interface SessionPorts {
  readonly sessions: KeySessions;
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
  readonly ways: readonly ("apiKey" | "openId")[];
}

const BODY = z.strictObject({ apiKey: z.string().min(1).max(512) });
const BODY_BYTES_MAX = 2_048;
const COST = 5;

export function addSessions(server: FastifyInstance, options: SessionOptions, ports: SessionPorts): void {
  const { prefix, sessionMs, hasLogin } = options;
  const { sessions, authenticator, perIp } = ports;
  const cookieName = (request: FastifyRequest): string =>
    sessionCookieName(isSecure(request.protocol, options.publicOrigin));
  const ways: SessionAnswer["ways"] = hasLogin ? ["openId", "apiKey"] : ["apiKey"];

  server.get(`${prefix}/session`, async (request): Promise<SessionAnswer> => {
    await perIp.take(request.ip, 1);
    try {
      const identity = await authenticator.authenticate(factsOf(request));
      return { principal: identity === undefined ? null : shown(identity.principal), ended: null, ways };
    } catch (error) {
      if (!isTrellisError(error) || error.consequence !== "reject") throw error;
      return { principal: null, ended: error.code, ways };
    }
  });

  server.post(`${prefix}/session`, { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    await perIp.take(request.ip, COST);
    // Prevents login CSRF.
    requireSameSite(factsOf(request));
    const body = BODY.safeParse(request.body);
    if (!body.success) throw httpErrors.REQUEST_INVALID({ part: "body", field: "apiKey" });
    const session = await sessions.open(body.data.apiKey);
    const cookie = cookieText(cookieName(request), session, Math.floor(sessionMs / 1_000));
    return reply.code(204).header("set-cookie", cookie).send();
  });

  server.post(`${prefix}/logout`, async (request, reply) => {
    requireSameSite(factsOf(request));
    return reply
      .code(204)
      .header("set-cookie", cookieText(cookieName(request), "", 0))
      .send();
  });
}

export function isSecure(scheme: string, publicOrigin: string): boolean {
  return scheme === "https" || publicOrigin.startsWith("https:");
}

function factsOf(request: FastifyRequest): RequestFacts {
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
