import type { Log } from "@trellis/base";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { IdentityProvider } from "../auth/IdentityProvider.ts";
import type { RateLimiter } from "../auth/rateLimit.ts";
import { factsOf } from "./addSessions.ts";
import { requireSameSite } from "./createAuthenticator.ts";
import { correlationOf } from "./createServer.ts";
import { httpErrors } from "./errors.ts";
import type { OpenSession } from "./openSession.ts";

interface PasswordLoginPorts {
  readonly providers: IdentityProvider;
  readonly openSession: OpenSession;
  readonly perIp: RateLimiter;
  readonly log: Log;
}

const BODY = z.strictObject({ user: z.string().min(1).max(256), password: z.string().min(1).max(512) });
const BODY_BYTES_MAX = 8_192;
const COST = 5;

/** The guard treats status 401 as an offence. */
export function addPasswordLogin(
  server: FastifyInstance,
  prefix: string,
  { providers, openSession, perIp, log }: PasswordLoginPorts,
): void {
  server.post(`${prefix}/password`, { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    await perIp.take(request.ip, COST);
    // Prevents login CSRF.
    requireSameSite(factsOf(request));
    const body = BODY.safeParse(request.body);
    if (!body.success) throw httpErrors.REQUEST_INVALID({ part: "body", field: "user, password" });
    const principal = await providers.identify({ kind: "password", ...body.data }).catch((error: Error) => {
      log.warn("login.refused", { correlationId: correlationOf(request).correlationId, error });
      throw error;
    });
    if (principal === undefined) throw httpErrors.NOT_FOUND({ reason: "no directory is configured" });
    const cookie = await openSession(request, { provider: "password", principal });
    return reply.code(204).header("set-cookie", cookie).send();
  });
}
