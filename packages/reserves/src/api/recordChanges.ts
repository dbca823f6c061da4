import { isTrellisError } from "@trellis/base";
import type { AuditLog } from "@trellis/platform/audit";
import type { Call, Route } from "@trellis/platform/http";

/**
 * Every call that changes something is put on record, with what came of it, before its answer is sent. What was
 * asked stands there by the names in the path alone: bodies hold personal data.
 */
export function recordChanges(route: Route, audit: AuditLog): Route {
  if (route.shape.method === "GET" || route.shape.access.kind === "public") return route;
  return {
    shape: route.shape,
    async handle(call) {
      try {
        const result = await route.handle(call);
        await audit.append({ ...eventOf(route, call), outcome: "done", facts: {} });
        return result;
      } catch (error) {
        const code = isTrellisError(error) ? error.code : "INTERNAL";
        const outcome = isTrellisError(error) && error.consequence !== "fatal" ? "refused" : "failed";
        if (code !== "AUDIT_LOG_CONTENDED") {
          await audit.append({ ...eventOf(route, call), outcome, facts: { code } });
        }
        throw error;
      }
    },
  };
}

function eventOf({ shape }: Route, { principal, params, correlationId }: Call) {
  const named = Object.values((params ?? {}) as Record<string, unknown>);
  return {
    actor: principal.id.slice(0, 256),
    action: shape.id,
    subject: named.map(String).join(" ").slice(0, 256),
    correlationId,
  };
}
