import { isTrellisError } from "@trellis/base";
import { uninterruptible } from "../cancellation/workSignal.ts";
import type { Call, Route } from "../http/route.ts";
import type { AuditEvent } from "./AuditEntry.ts";
import type { AuditLog } from "./createAuditLog.ts";
import { auditErrors } from "./errors.ts";

/**
 * Records changes before the response is sent. Omits bodies, which may contain personal data.
 * @returns a route that throws CHANGE_UNRECORDED if the change was made but not recorded
 */
export function recordChanges(
  route: Route,
  audit: AuditLog,
  factsOf: (call: Call, result?: unknown) => Readonly<Record<string, string>> = () => ({}),
): Route {
  if (route.shape.method === "GET" || route.shape.access.kind === "public") return route;
  return {
    shape: route.shape,
    async handle(call) {
      const put = (outcome: AuditEvent["outcome"], facts: AuditEvent["facts"]) =>
        uninterruptible(() => audit.append({ ...eventOf(route, call), outcome, facts }));
      let result: unknown;
      try {
        result = await route.handle(call);
      } catch (error) {
        const code = isTrellisError(error) ? error.code : "INTERNAL";
        // Aborted calls may have taken effect.
        const isRefusal = isTrellisError(error) && error.consequence !== "fatal" && !call.signal.aborted;
        await put(isRefusal ? "refused" : "failed", { ...factsOf(call), code });
        throw error;
      }
      try {
        await put("done", { ...route.auditedFacts?.(result), ...factsOf(call, result) });
      } catch (error) {
        throw auditErrors.CHANGE_UNRECORDED({ action: route.shape.id }, error);
      }
      return result;
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
