import type { Access } from "@trellis/platform/auth";

export const PUBLIC: Access = { kind: "public" };

export function readers(scope: string): Access {
  return {
    kind: "protected",
    roles: ["admin", "operator", "auditor", "viewer"],
    scope,
    rows: "notPersonal",
  };
}

export function operators(scope: string): Access {
  return { kind: "protected", roles: ["admin", "operator"], scope, rows: "notPersonal" };
}

export function admins(scope: string): Access {
  return { kind: "protected", roles: ["admin"], scope, rows: "notPersonal" };
}
