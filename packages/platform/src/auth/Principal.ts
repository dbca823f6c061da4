/**
 * What someone is to a service, who may most first. Each route names the roles that may use it. An auditor also reads
 * who did what; a viewer does not.
 */
export const ROLES = ["admin", "operator", "auditor", "viewer", "customer"] as const;
export type Role = (typeof ROLES)[number];

/** Who asks, as far as a service knows. */
export interface Principal {
  /** `user:…`, `key:…`, `service:…` or `anonymous`: what logs, limits and the audit log name. */
  readonly id: string;
  readonly kind: "anonymous" | "user" | "apiKey" | "service";
  readonly role: Role | undefined;
  /** Whose rows a customer sees; set exactly for the role customer. */
  readonly customerId: string | undefined;
  /** What a key or token was restricted to; `all` for one that was not. */
  readonly scopes: ReadonlySet<string> | "all";
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
