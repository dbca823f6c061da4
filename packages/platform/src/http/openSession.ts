import type { FastifyRequest } from "fastify";
import type { Sessions } from "../auth/createSessions.ts";
import type { Login } from "../auth/Session.ts";
import { cookieText, isSecure, sessionCookieName } from "./sessionCookie.ts";

/** @returns value of the header Set-Cookie */
export type OpenSession = (request: FastifyRequest, login: Login) => Promise<string>;

interface OpenSessionOptions {
  readonly publicOrigin: string;
  readonly sessionMs: number;
}

export function createOpenSession(
  { publicOrigin, sessionMs }: OpenSessionOptions,
  sessions: Pick<Sessions, "open">,
): OpenSession {
  return async (request, login) => {
    const userAgent = request.headers["user-agent"] ?? "";
    const cookie = await sessions.open(login, { address: request.ip, userAgent });
    const name = sessionCookieName(isSecure(request.protocol, publicOrigin));
    return cookieText(name, cookie, Math.floor(sessionMs / 1_000));
  };
}
