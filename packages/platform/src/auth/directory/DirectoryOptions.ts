import type { Role } from "../Principal.ts";

/** Names of people in the directory are `ldap/NAME`. */
export const DIRECTORY = "ldap";

/** LDAP directory (RFC 4511). */
export interface DirectoryOptions {
  /** `ldaps://…`; or `ldap://…` with StartTLS, and in the clear only to this machine. */
  readonly url: string;
  /** Account that searches; empty: anonymous. */
  readonly bindDn: string;
  readonly bindPassword: string;
  readonly baseDn: string;
  /** `{user}`: the name that the person gave. */
  readonly userFilter: string;
  /** One value names the person. */
  readonly userAttribute: string;
  /** Must match a group's entry. `{dn}` and `{user}`: the person's entry and name. */
  readonly memberFilter: string;
  readonly roles: readonly GroupRole[];
}

export interface GroupRole {
  /** DN. */
  readonly group: string;
  readonly role: Exclude<Role, "customer">;
}
