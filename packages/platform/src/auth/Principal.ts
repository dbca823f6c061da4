/** Most privileged first. */
export const ROLES = ["admin", "operator", "auditor", "viewer", "customer"] as const;
export type Role = (typeof ROLES)[number];

export interface Principal {
  /** `user:…`, `key:…`, `service:…`, `certificate:…` or `anonymous`. */
  readonly id: string;
  readonly kind: "anonymous" | "user" | "apiKey" | "service";
  readonly role: Role | undefined;
  readonly customerId: string | undefined;
  readonly scopes: ReadonlySet<string> | "all";
  readonly sessionId?: string;
}

export const ANONYMOUS: Principal = {
  id: "anonymous",
  kind: "anonymous",
  role: undefined,
  customerId: undefined,
  scopes: new Set(),
};

export function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}
