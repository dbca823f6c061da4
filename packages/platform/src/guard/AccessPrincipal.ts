import { Permissions } from "./Permissions.ts";

/** `low`: limits shrink under load. `reserved`: for health checks, admins and validators. */
export const PRIORITIES = ["low", "normal", "reserved"] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface AccessPrincipal {
  /** `anonymous`, `local`, `key:NAME`, `user:SUBJECT`, `certificate:NAME` or `service:NAME`. */
  readonly id: string;
  /** Customer id. */
  readonly tenant?: string | undefined;
  readonly permissions: Permissions;
  readonly priority: Priority;
  /** Cost per window. Default: the guard's limit. */
  readonly limit?: number | undefined;
  readonly connectionsMax?: number | undefined;
  /** Time until the connection must authenticate again. Default: unlimited. */
  readonly validMs?: number;
  /** Defined for signed requests. @throws CONTENT_DIGEST_MISMATCH, SIGNATURE_INVALID */
  readonly verifyBody?: (body: Uint8Array) => void;
}

export const ANONYMOUS_ID = "anonymous";

/** Programs on this machine without credentials. */
export const LOCAL_PRINCIPAL: AccessPrincipal = {
  id: "local",
  permissions: new Permissions(["*"]),
  priority: "reserved",
};

export function anonymousPrincipal(patterns: readonly string[]): AccessPrincipal {
  return { id: ANONYMOUS_ID, permissions: new Permissions(patterns), priority: "low" };
}
