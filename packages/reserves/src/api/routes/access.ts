import type { Access } from "@trellis/platform/auth";

type Protected = Extract<Access, { kind: "protected" }>;

export const PUBLIC: Access = { kind: "public" };

export function staff(scope: string): Access {
  return { kind: "protected", roles: ["admin", "operator", "auditor"], scope, rows: "notPersonal" };
}

export function operators(scope: string): Access {
  return { kind: "protected", roles: ["admin", "operator"], scope, rows: "notPersonal" };
}

export function admins(scope: string): Access {
  return { kind: "protected", roles: ["admin"], scope, rows: "notPersonal" };
}

export function personal(scope: string, rows: Exclude<Protected["rows"], "notPersonal">): Access {
  return { kind: "protected", roles: ["admin", "operator", "auditor", "customer"], scope, rows };
}

export function about(scope: string, roles: Protected["roles"]): Access {
  return { kind: "protected", roles, scope, rows: "ofParam" };
}
