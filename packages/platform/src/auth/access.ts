import { authErrors } from "./errors.ts";
import { ANONYMOUS, type Principal, type Role } from "./Principal.ts";
import { RowScope } from "./RowScope.ts";

export type Access =
  | { readonly kind: "public" }
  | {
      readonly kind: "protected";
      readonly roles: readonly Role[];
      readonly scope: string;
      /**
       * `ofParam`: the path's `customerId` must be the caller's. `filtered`: the handler filters its reads by
       * `call.rows`.
       */
      readonly rows: "ofParam" | "filtered" | "notPersonal";
    };

export function authorize(principal: Principal | undefined, access: Access): RowScope {
  if (access.kind === "public") return RowScope.of(principal ?? ANONYMOUS);
  if (principal === undefined || principal.kind === "anonymous") throw authErrors.AUTHENTICATION_MISSING();
  const { role, scopes } = principal;
  if (role === undefined || !access.roles.includes(role)) {
    throw authErrors.ROLE_FORBIDDEN({ role, needed: access.roles.join(" ") });
  }
  if (!grantsScope(scopes, access.scope)) throw authErrors.SCOPE_FORBIDDEN({ needed: access.scope });
  return RowScope.of(principal);
}

/** `ledger:*` grants every scope of `ledger`. */
export function grantsScope(scopes: ReadonlySet<string> | "all", scope: string): boolean {
  if (scopes === "all" || scopes.has(scope) || scopes.has("*")) return true;
  return scopes.has(`${scope.split(":")[0]}:*`);
}
