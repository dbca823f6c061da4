import type { Access } from "@trellis/platform/auth";

type Protected = Extract<Access, { kind: "protected" }>;

export const PUBLIC: Access = { kind: "public" };

/** Everyone who works for or audits the custodian. */
export function staff(scope: string): Access {
  return { kind: "protected", roles: ["admin", "operator", "auditor"], scope, rows: "notPersonal" };
}

export function operators(scope: string): Access {
  return { kind: "protected", roles: ["admin", "operator"], scope, rows: "notPersonal" };
}

export function admins(scope: string): Access {
  return { kind: "protected", roles: ["admin"], scope, rows: "notPersonal" };
}

/** Staff, and customers for what is their own: of the `customerId` in the path, or by a filter. */
export function personal(scope: string, rows: Exclude<Protected["rows"], "notPersonal">): Access {
  return { kind: "protected", roles: ["admin", "operator", "auditor", "customer"], scope, rows };
}

/** Staff alone, but about one customer. */
export function about(scope: string, roles: Protected["roles"]): Access {
  return { kind: "protected", roles, scope, rows: "ofParam" };
}
