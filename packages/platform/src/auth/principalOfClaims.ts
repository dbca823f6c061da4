import { authErrors } from "./errors.ts";
import { isRole, type Principal, ROLES, type Role } from "./Principal.ts";

export interface ClaimNames {
  /** Claim with a role, or a list whose most privileged role applies. */
  readonly role: string;
  readonly customerId: string;
  /** Space-separated scopes (RFC 8693) or a list. */
  readonly scope: string;
}

export const DEFAULT_CLAIMS: ClaimNames = { role: "role", customerId: "customer_id", scope: "scope" };

/** Subjects are unique only within their issuer. */
export interface SubjectNames {
  /** `NAME/` before the subject, or empty. */
  readonly prefix: string;
  /** Subjects without a prefix must not start with these prefixes. */
  readonly others: readonly string[];
}

const PLAIN_SUBJECTS: SubjectNames = { prefix: "", others: [] };

const SCOPES_OF_OPENID = new Set(["openid", "profile", "email", "offline_access", "address", "phone"]);
const ID_CHARS_MAX = 256;

export function principalOfClaims(
  claims: Readonly<Record<string, unknown>>,
  names: ClaimNames,
  subjects: SubjectNames = PLAIN_SUBJECTS,
): Principal {
  const subject = subjectOf(claims.sub, subjects);
  const role = strongestRole(claims[names.role]);
  if (role === undefined) throw authErrors.TOKEN_CLAIM_INVALID({ claim: names.role });
  const customerId = claims[names.customerId];
  if (role === "customer" && !isId(customerId)) {
    throw authErrors.TOKEN_CLAIM_INVALID({ claim: names.customerId });
  }
  return {
    id: `user:${subject}`,
    kind: "user",
    role,
    customerId: role === "customer" && isId(customerId) ? customerId : undefined,
    scopes: scopesOf(claims[names.scope], names.scope),
  };
}

function subjectOf(claim: unknown, { prefix, others }: SubjectNames): string {
  const isForeign = typeof claim === "string" && prefix === "" && others.some((one) => claim.startsWith(one));
  if (isId(claim) && !isForeign && isId(prefix + claim)) return prefix + claim;
  throw authErrors.TOKEN_CLAIM_INVALID({ claim: "sub" });
}

function strongestRole(claim: unknown): Role | undefined {
  const given: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return ROLES.find((role) => given.some((value) => isRole(value) && value === role));
}

/** A missing claim grants all scopes. */
function scopesOf(claim: unknown, name: string): ReadonlySet<string> | "all" {
  if (claim === undefined) return "all";
  const given: unknown = typeof claim === "string" ? claim.split(" ").filter(Boolean) : claim;
  const areTexts = Array.isArray(given) && given.every((scope) => typeof scope === "string");
  if (!areTexts) throw authErrors.TOKEN_CLAIM_INVALID({ claim: name });
  if (given.length === 0) return new Set();
  const own = given.filter((scope) => !SCOPES_OF_OPENID.has(scope));
  return own.length === 0 ? "all" : new Set(own);
}

export function isId(value: unknown): value is string {
  if (typeof value !== "string" || value === "" || value.length > ID_CHARS_MAX) return false;
  return value.isWellFormed() && !/\p{Cc}/u.test(value);
}
