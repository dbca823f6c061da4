import { z } from "zod";
import type { Access } from "../auth/access.ts";
import { httpErrors } from "../http/errors.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { parseNetwork } from "./AddressList.ts";
import { addressKey, normalAddress } from "./address.ts";
import type { Guard } from "./Guard.ts";
import type { Ban } from "./Visitors.ts";

const READERS: Access = {
  kind: "protected",
  roles: ["admin", "operator", "auditor"],
  scope: "guard:read",
  rows: "notPersonal",
};
const OPERATORS: Access = { ...READERS, roles: ["admin", "operator"], scope: "guard:write" };
const BAN_S_MAX = 10 * 365 * 24 * 60 * 60;

const network = z
  .string()
  .max(64)
  .refine((text) => parseNetwork(text) !== undefined, { error: "an address or network (CIDR)" })
  .meta({ id: "ClientNetwork", examples: ["203.0.113.7", "2001:db8::/32"] });
const ban = z
  .strictObject({
    network: z.string(),
    untilMs: z.int().nullable().meta({ description: "Unix time in milliseconds; null: until it is lifted" }),
    reason: z.string().meta({ description: "the operator's, or the offence" }),
    by: z.string().nullable().meta({ description: "principal who banned; null: automatic" }),
  })
  .meta({ id: "ClientBan" });
const state = z
  .strictObject({
    lowPriorityShare: z
      .number()
      .meta({ description: "share of their limits that low-priority callers have" }),
    allow: z.array(z.string()),
    deny: z.array(z.string()),
    bans: z.array(ban),
  })
  .meta({ id: "GuardState" });

/** Bans last until this process exits. */
export function guardRoutes(guard: Guard, prefix: string): readonly Route[] {
  const route = { path: `${prefix}/guard/bans`, tag: "operations", errors: [] } as const;
  const shown = () => ({
    lowPriorityShare: guard.pressure.share,
    allow: [...guard.visitors.lists.allow],
    deny: [...guard.visitors.lists.deny],
    bans: guard.visitors.bans().map(shownBan),
  });
  return [
    defineRoute(
      {
        id: "getGuardState",
        method: "GET",
        path: `${prefix}/guard`,
        tag: "operations",
        summary: "Returns address lists, bans and the load of this process",
        access: READERS,
        answer: { status: 200, description: "lists, bans and load", schema: state },
        errors: [],
      },
      shown,
    ),
    defineRoute(
      {
        ...route,
        id: "banClient",
        method: "POST",
        summary: "Refuses all requests of an address or network",
        access: OPERATORS,
        body: z.strictObject({
          network,
          seconds: z
            .int()
            .min(1)
            .max(BAN_S_MAX)
            .optional()
            .meta({ description: "default: until it is lifted" }),
          reason: z.string().min(1).max(500),
        }),
        answer: { status: 200, description: "all bans", schema: state },
      },
      ({ body: { network: given, seconds, reason }, principal }) => {
        const untilMs = seconds === undefined ? undefined : guard.clock.nowMs() + seconds * 1_000;
        guard.visitors.ban({ network: storedNetwork(given), untilMs, reason, by: principal.id });
        guard.log.info("guard.clientBanned", { network: given, seconds, reason, by: principal.id });
        return shown();
      },
    ),
    defineRoute(
      {
        ...route,
        id: "unbanClient",
        method: "DELETE",
        summary: "Lifts the ban of an address or network",
        access: OPERATORS,
        query: z.strictObject({ network }),
        answer: { status: 200, description: "all bans", schema: state },
      },
      ({ query: { network: given }, principal }) => {
        if (!guard.visitors.unban(storedNetwork(given))) {
          throw httpErrors.NOT_FOUND({ reason: "no such ban", network: given });
        }
        guard.log.info("guard.clientUnbanned", { network: given, by: principal.id });
        return shown();
      },
    ),
  ];
}

function shownBan({ network: banned, untilMs, reason, by }: Ban) {
  return {
    network: banned,
    untilMs: untilMs === undefined ? null : Math.round(untilMs),
    reason,
    by: by ?? null,
  };
}

function storedNetwork(given: string): string {
  const address = normalAddress(given);
  return address === undefined ? given : addressKey(address);
}
