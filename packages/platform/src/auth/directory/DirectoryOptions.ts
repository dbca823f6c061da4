import type { Role } from "../Principal.ts";

export const DIRECTORY = "ldap";

export interface DirectoryOptions {
  /** `ldaps://…`, or `ldap://…` with StartTLS. Only connections to this machine may be unencrypted. */
  readonly url: string;
  /** Anonymous if empty. */
  readonly bindDn: string;
  readonly bindPassword: string;
  readonly baseDn: string;
  /** `{user}` is the name that the person entered. */
  readonly userFilter: string;
  /** Attribute with exactly one value, the person's name. */
  readonly userAttribute: string;
  /** Filter for the group's entry. `{dn}` and `{user}` are the person's DN and name. */
  readonly memberFilter: string;
  readonly roles: readonly GroupRole[];
}

export interface GroupRole {
  readonly group: string;
  readonly role: Exclude<Role, "customer">;
}
