import { z } from "zod";
import {
  type Access,
  authErrors,
  type Principal,
  ROLES,
  type Session,
  type Sessions,
} from "../auth/index.ts";
import { defineRoute, httpErrors, pageOf, pageQuery, type Route, readPage } from "../http/index.ts";

const READ: Access = { kind: "protected", roles: ROLES, scope: "sessions:read", rows: "notPersonal" };
const WRITE: Access = { ...READ, scope: "sessions:write" };

const timeMs = z.int().min(0).meta({ description: "Unix time in milliseconds" });
const sessionId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .meta({ id: "SessionId", examples: ["01".repeat(16), "02".repeat(16)] });
const principalId = z
  .string()
  .min(1)
  .max(256)
  .meta({ id: "PrincipalId", examples: ["user:alice"] });
const session = z
  .strictObject({
    id: sessionId,
    principal: z.string(),
    role: z.enum(ROLES).nullable(),
    provider: z.string().meta({ description: "login of the session, as in `ways` of GET /v1/auth/session" }),
    createdAtMs: timeMs,
    lastSeenAtMs: timeMs.meta({ description: "to a minute" }),
    expiresAtMs: timeMs,
    address: z.string().meta({ description: "client address at the login" }),
    userAgent: z.string(),
    isCurrent: z.boolean().meta({ description: "the session of this request" }),
  })
  .meta({ id: "Session" });

/** [GUARD-14] */
export function sessionRoutes({ sessions }: { readonly sessions: Sessions }): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listSessions",
        method: "GET",
        path: "/v1/sessions",
        tag: "administration",
        summary: "Lists browser sessions, newest first: all for an admin, otherwise the caller's own",
        access: READ,
        query: z.strictObject({ ...pageQuery, principal: principalId.optional() }),
        answer: { status: 200, description: "a page", schema: pageOf(session) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query, principal }) => {
        const { principal: asked = isAdmin(principal) ? undefined : principal.id } = query;
        if (asked !== undefined) requireOwn(asked, principal);
        return readPage(
          query,
          ["sessions", asked],
          async (beforeId, limit) =>
            (await sessions.list({ principalId: asked, beforeId }, limit)).map((one) =>
              shown(one, principal),
            ),
          ({ id }) => id,
        );
      },
    ),
    ...endRoutes(sessions),
  ];
}

function endRoutes(sessions: Sessions): readonly Route[] {
  const route = { method: "DELETE", tag: "administration", access: WRITE } as const;
  return [
    {
      ...defineRoute(
        {
          ...route,
          id: "endSession",
          path: "/v1/sessions/{sessionId}",
          summary: "Ends a browser session at once",
          params: z.strictObject({ sessionId }),
          answer: { status: 200, description: "the ended session", schema: session },
          errors: ["NOT_FOUND"],
        },
        async ({ params, principal }) => {
          const { sessionId: id } = params;
          const found = await sessions.find(id);
          const isTheirs = isAdmin(principal) || found?.principalId === principal.id;
          const ended = isTheirs ? await sessions.end(id) : undefined;
          if (ended === undefined) throw httpErrors.NOT_FOUND({ reason: "no such session", id });
          return shown(ended, principal);
        },
      ),
      auditedFacts: (result) => ({ principal: (result as z.output<typeof session>).principal }),
    },
    defineRoute(
      {
        ...route,
        id: "endSessionsOfPrincipal",
        path: "/v1/principals/{principalId}/sessions",
        summary: "Ends all browser sessions of a user or API key at once",
        params: z.strictObject({ principalId }),
        answer: {
          status: 200,
          description: "the number of ended sessions",
          schema: z.strictObject({ endedCount: z.int().min(0) }),
        },
        errors: [],
      },
      async ({ params, principal }) => {
        requireOwn(params.principalId, principal);
        return { endedCount: await sessions.endAll(params.principalId) };
      },
    ),
  ];
}

function isAdmin({ role }: Principal): boolean {
  return role === "admin";
}

function requireOwn(id: string, principal: Principal): void {
  if (isAdmin(principal) || id === principal.id) return;
  throw authErrors.ROLE_FORBIDDEN({ role: principal.role, needed: "admin" });
}

function shown({ principalId: principal, role, client, ...session }: Session, { sessionId: own }: Principal) {
  return { ...session, principal, role: role ?? null, ...client, isCurrent: session.id === own };
}
