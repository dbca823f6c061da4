import { isTrellisError } from "@trellis/base";
import { uninterruptible } from "../cancellation/workSignal.ts";
import type { Call, Route } from "../http/route.ts";
import type { AuditEvent } from "./AuditEntry.ts";
import type { AuditLog } from "./createAuditLog.ts";
import { auditErrors } from "./errors.ts";

/**
 * Every call that changes something is put on record, with what came of it, before its answer is sent. What was
 * asked stands there by the names in the path alone, because bodies may hold personal data, and by what `factsOf`
 * takes from them and from what was done.
 * @param factsOf is given the route's result where there is one
 * @returns a route that throws CHANGE_UNRECORDED where the work is done and its entry could not be written
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
        // What came of work that was given up is not known: it may have taken effect.
        const isRefusal = isTrellisError(error) && error.consequence !== "fatal" && !call.signal.aborted;
        await put(isRefusal ? "refused" : "failed", { ...factsOf(call), code });
        throw error;
      }
      try {
        await put("done", factsOf(call, result));
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
