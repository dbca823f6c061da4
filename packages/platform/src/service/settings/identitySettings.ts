import { z } from "zod";
import { DIRECTORY } from "../../auth/directory/DirectoryOptions.ts";
import type { Role } from "../../auth/index.ts";
import {
  duration,
  listOf,
  type Member,
  matching,
  objectOf,
  parsed,
  type Setting,
} from "../../config/index.ts";
import { reference } from "../../secrets/reference.ts";

export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: string;
  /** Milliseconds. */
  readonly keysReread: number;
  readonly roleClaim: string;
  readonly customerClaim: string;
  readonly clientId: string;
  readonly clientSecretFrom: string;
  readonly scopes: string;
}

export interface IssuerSetting extends OidcSettings {
  readonly name: string;
}

export interface LdapSettings {
  readonly url: string;
  readonly bindDn: string;
  readonly bindPasswordFrom: string;
  readonly baseDn: string;
  readonly userFilter: string;
  readonly userAttribute: string;
  readonly memberFilter: string;
  readonly roles: Readonly<Record<string, StaffRole>>;
}

export interface CertificateSetting {
  readonly name: string;
  readonly role: StaffRole;
  readonly scopes: readonly string[];
}

export const STAFF_ROLES = ["admin", "operator", "auditor", "viewer"] as const satisfies readonly Role[];
type StaffRole = (typeof STAFF_ROLES)[number];

export const staffRole = z.enum(STAFF_ROLES, { error: `one of ${STAFF_ROLES.join(", ")}` });
const SCOPE = /^(?:\*|[a-z-]+:(?:\*|[a-z-]+))$/;
export const scopeList = z
  .array(z.string().regex(SCOPE, { error: "a scope, such as ledger:write, ledger:* or *" }))
  .min(1, { error: "at least one scope" });

const claimName = matching(/^[\x21-\x7e]{1,128}$/, "a claim's name");
const ISSUER =
  /^(?:https:\/\/[^\s/?#]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)(?:\/[^\s?#]*)?$/;
const optionalUrl = matching(
  new RegExp(`^$|${ISSUER.source}`),
  "an https:// address, or http:// on this machine",
);

const oidcMembers: { readonly [Key in keyof OidcSettings]: Member<OidcSettings[Key]> } = {
  issuer: {
    type: optionalUrl,
    default: "",
    value: "URL",
    summary: "issuer URL of the OpenID Connect provider whose tokens are accepted",
    isReloadable: true,
    formerly: "oidcIssuer",
  },
  audience: {
    type: matching(/^[\x21-\x7e]{0,256}$/, "a name without spaces"),
    default: "",
    value: "NAME",
    summary: "required audience of tokens",
    isReloadable: true,
    formerly: "oidcAudience",
  },
  keys: {
    type: matching(
      new RegExp(`^$|^file:[^\\0]+$|${ISSUER.source}`),
      "an https:// address, http:// on this machine, or file:PATH of a JWK set",
    ),
    default: "",
    value: "URL|file:PATH",
    summary: "JWKS of the provider; default: from its discovery document",
    isReloadable: true,
    formerly: "oidcKeys",
  },
  keysReread: {
    type: duration("1s", "1h"),
    default: "30s",
    value: "TIME",
    summary: "minimum interval between reloads of the JWKS because of unknown keys",
    isReloadable: true,
    formerly: "oidcKeysReread",
  },
  roleClaim: {
    type: claimName,
    default: "role",
    value: "NAME",
    summary: "claim with the role, or with a list of roles, of which the strongest applies",
    isReloadable: true,
    formerly: "oidcRoleClaim",
  },
  customerClaim: {
    type: claimName,
    default: "customer_id",
    value: "NAME",
    summary: "claim with the customer id",
    isReloadable: true,
    formerly: "oidcCustomerClaim",
  },
  clientId: {
    type: matching(/^[\x20-\x7e]{0,256}$/, "a client's id"),
    default: "",
    value: "ID",
    summary: "client id for browser logins",
    isReloadable: true,
    formerly: "oidcClientId",
  },
  clientSecretFrom: {
    ...reference("reference to the client secret"),
    isReloadable: true,
    formerly: "oidcClientSecretFrom",
  },
  scopes: {
    type: matching(/^openid(?: [\x21-\x7e]+)*$/, "scopes separated by spaces, openid first"),
    default: "openid profile",
    value: "LIST",
    summary: "scopes requested at login",
    isReloadable: true,
    formerly: "oidcScopes",
  },
};

const memberTypes = Object.entries<Member>(oidcMembers).map(([name, member]) => [
  name,
  member.type.prefault(member.default),
]);
const issuer = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, { error: "1 to 32 lower-case letters, digits and hyphens" })
      .refine((name) => name !== DIRECTORY, { error: `a name other than ${DIRECTORY}` }),
    ...Object.fromEntries(memberTypes),
  })
  .refine(({ issuer: url }) => url !== "", { path: ["issuer"], error: "an issuer" });

const DN = /^(?:[A-Za-z0-9.-]+=[^\0]+)?$/;
const dn = matching(DN, "a distinguished name (RFC 4514), such as ou=people,dc=example,dc=org");
const groupRoles = z
  .record(z.string().min(1).max(1_024).regex(DN, { error: "the DN of a group" }), staffRole)
  .refine((roles) => Object.keys(roles).length <= 64, { error: "at most 64 groups" });

const ldapMembers: { readonly [Key in keyof LdapSettings]: Member<LdapSettings[Key]> } = {
  url: {
    type: matching(
      /^$|^ldaps?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/,
      "ldaps://HOST, or ldap://HOST for StartTLS",
    ),
    default: "",
    value: "URL",
    summary: "LDAP directory that checks passwords; ldap:// uses StartTLS, except on this machine",
    isReloadable: true,
  },
  bindDn: {
    type: dn,
    default: "",
    value: "DN",
    summary: "account that searches people and groups; default: anonymous",
    isReloadable: true,
  },
  bindPasswordFrom: { ...reference("reference to the password of bindDn"), isReloadable: true },
  baseDn: { type: dn, default: "", value: "DN", summary: "search base for people", isReloadable: true },
  userFilter: {
    type: matching(/^\(.*\{user\}.*\)$/s, "an LDAP filter (RFC 4515) with {user}"),
    default: "(uid={user})",
    value: "FILTER",
    summary: "filter that matches one person; for Active Directory (sAMAccountName={user})",
    isReloadable: true,
  },
  userAttribute: {
    type: matching(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, "an attribute's name"),
    default: "uid",
    value: "NAME",
    summary: "attribute with the person's unchanging name",
    isReloadable: true,
  },
  memberFilter: {
    type: matching(/^\(.*\{(?:dn|user)\}.*\)$/s, "an LDAP filter (RFC 4515) with {dn} or {user}"),
    default: "(|(member={dn})(uniqueMember={dn}))",
    value: "FILTER",
    summary: "filter that matches groups with the person as a member",
    isReloadable: true,
  },
  roles: {
    type: z.preprocess((given) => parsed(given, {}), groupRoles) as z.ZodType<LdapSettings["roles"]>,
    default: "",
    value: "JSON",
    summary: "roles by the DN of a group; the strongest applies",
    isReloadable: true,
  },
};

const certificate: z.ZodType<CertificateSetting> = z.strictObject({
  name: z.string().min(1).max(256),
  role: staffRole,
  scopes: scopeList,
});

export interface IdentitySettings {
  readonly oidc: OidcSettings;
  readonly issuers: readonly IssuerSetting[];
  readonly ldap: LdapSettings;
  readonly clientCertificates: readonly CertificateSetting[];
}

export const identitySettings: {
  readonly [Key in keyof IdentitySettings]: Setting<IdentitySettings[Key]>;
} = {
  oidc: objectOf<OidcSettings>(oidcMembers, "OpenID Connect provider for tokens and browser logins"),
  issuers: {
    type: listOf(
      issuer as unknown as z.ZodType<IssuerSetting>,
      "a list of providers, each with name, issuer and audience",
    ),
    default: "",
    value: "JSON",
    summary: "further OpenID Connect providers: name, and the members of oidc",
    isReloadable: true,
  },
  ldap: objectOf<LdapSettings>(ldapMembers, "directory for logins with a password"),
  clientCertificates: {
    type: listOf(certificate, "a list of certificates, each with name, role and scopes"),
    default: "",
    value: "JSON",
    summary: "principals by the common name of a client certificate (tlsClientAuthority): name, role, scopes",
    isReloadable: true,
  },
};
