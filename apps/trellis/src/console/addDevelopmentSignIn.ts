import { authErrors } from "@trellis/platform/auth";
import { httpErrors, requireSameSite } from "@trellis/platform/http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { trellisErrors } from "../errors.ts";

const ROLES = ["admin", "customer"] as const;
export type DevelopmentRole = (typeof ROLES)[number];

export interface DevelopmentSignIn {
  readonly url: () => string | undefined;
  readonly keyOf: (as: DevelopmentRole) => string | undefined;
}

const BODY = z.strictObject({ as: z.enum(ROLES) });
const BODY_BYTES_MAX = 1_024;
/** Prevents DNS rebinding. */
const OWN_NAME = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** Sets a session cookie; the browser never receives the API key. */
export function addDevelopmentSignIn(server: FastifyInstance, { url, keyOf }: DevelopmentSignIn): void {
  server.post("/console/sign-in", { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    requireOwnMachine(request);
    const body = BODY.safeParse(request.body);
    if (!body.success) throw httpErrors.REQUEST_INVALID({ part: "body", field: "as" });
    const [service, apiKey] = [url(), keyOf(body.data.as)];
    if (service === undefined || apiKey === undefined)
      throw trellisErrors.UPSTREAM_UNREACHABLE({
        reason: "service",
        service: "demo custodian",
        retryAfterS: 1,
      });
    const answer = await fetch(`${service}/v1/auth/session`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "sec-fetch-site": "same-origin",
        "user-agent": request.headers["user-agent"] ?? "",
      },
      body: JSON.stringify({ apiKey }),
    });
    if (!answer.ok)
      throw trellisErrors.UPSTREAM_UNREACHABLE({
        reason: "service",
        service: "demo custodian",
        retryAfterS: 1,
        status: answer.status,
      });
    return reply.code(204).header("set-cookie", answer.headers.getSetCookie()).send();
  });
}

function requireOwnMachine({ headers, protocol: scheme, host: authority }: FastifyRequest): void {
  if (!OWN_NAME.test(authority)) throw authErrors.CROSS_SITE_REQUEST({ host: authority });
  requireSameSite({ headers, scheme, authority });
}
