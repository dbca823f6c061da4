import { Permissions } from "./Permissions.ts";

/** `low`: limits shrink under load. `reserved`: may use the reserve of health, admin and validators. */
export const PRIORITIES = ["low", "normal", "reserved"] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface AccessPrincipal {
  /** `anonymous`, `local`, `key:NAME`, `user:SUBJECT` or `certificate:NAME`. */
  readonly id: string;
  readonly permissions: Permissions;
  readonly priority: Priority;
  /** Cost per window; default: the guard's. */
  readonly limit?: number | undefined;
  readonly connectionsMax?: number | undefined;
  /** How long these credentials hold; then a connection identifies again. Default: permanently. ms */
  readonly validMs?: number;
}

export const ANONYMOUS_ID = "anonymous";

/** Programs on this machine without credentials: not limited. */
export const LOCAL_PRINCIPAL: AccessPrincipal = {
  id: "local",
  permissions: new Permissions(["*"]),
  priority: "reserved",
};

export function anonymousPrincipal(patterns: readonly string[]): AccessPrincipal {
  return { id: ANONYMOUS_ID, permissions: new Permissions(patterns), priority: "low" };
}
