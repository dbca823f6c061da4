import { z } from "zod";
import type { Role } from "../../auth/index.ts";
import { duration, list, listOf, matching, objectOf, type Setting, wholeNumber } from "../../config/index.ts";
import { reference, secretPlace } from "../../secrets/reference.ts";

/** References are `env:NAME`, `file:PATH` or empty. */
export interface AuthenticationSettings {
  readonly oidc: OidcSettings;
  readonly publicUrl: string;
  /** In ms. */
  readonly sessionLifetime: number;
  readonly serviceKeys: readonly ServiceKeySetting[];
  readonly corsOrigins: readonly string[];
  /** Besides localhost, IP addresses and the host of `publicUrl`. */
  readonly hosts: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Requests per minute. */
  readonly limitPerAddress: number;
  /** Cost per minute. */
  readonly limitPerPrincipal: number;
  /** Reference to a Redis URL for shared counters; empty: per process. */
  readonly redis: string;
}

export interface OidcSettings {
  /** OpenID Connect provider; empty: none. */
  readonly issuer: string;
  readonly audience: string;
  /** URL, `file:PATH` of a JWK set, or empty: discovery. */
  readonly keys: string;
  /** In ms. */
  readonly keysReread: number;
  readonly roleClaim: string;
  readonly customerClaim: string;
  /** Client id for browser logins; empty: none. */
  readonly clientId: string;
  readonly clientSecretFrom: string;
  readonly scopes: string;
}

export interface ServiceKeySetting {
  readonly id: string;
  readonly algorithm: "ed25519" | "ecdsa-p256-sha256" | "hmac-sha256";
  /** PEM (SubjectPublicKeyInfo), as `openssl pkey -pubout` prints it. */
  readonly publicKey?: string | undefined;
  readonly secretFrom?: string | undefined;
  readonly role: (typeof SERVICE_ROLES)[number];
  readonly scopes: readonly string[];
}

export function hostsOf({
  hosts,
  publicUrl,
}: Pick<AuthenticationSettings, "hosts" | "publicUrl">): readonly string[] {
  return publicUrl === "" ? hosts : [...hosts, new URL(publicUrl).hostname];
}

/** Names by which clients reach the service's own TLS; a proxy has its own certificate. */
export function namesOf({
  publicUrl,
  trustedProxies,
}: Pick<AuthenticationSettings, "publicUrl" | "trustedProxies">): readonly string[] {
  return publicUrl === "" || trustedProxies.length > 0 ? [] : [new URL(publicUrl).hostname];
}

const SERVICE_ROLES = ["admin", "operator", "auditor", "viewer"] as const satisfies readonly Role[];
const SCOPE = /^(?:\*|[a-z-]+:(?:\*|[a-z-]+))$/;

const serviceKey: z.ZodType<ServiceKeySetting> = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9._:/-]{1,128}$/, { error: "1 to 128 letters, digits, . _ : / or -" }),
    algorithm: z.enum(["ed25519", "ecdsa-p256-sha256", "hmac-sha256"], {
      error: "one of ed25519, ecdsa-p256-sha256, hmac-sha256",
    }),
    publicKey: z
      .string()
      .startsWith("-----BEGIN PUBLIC KEY-----", { error: "a public key in PEM" })
      .optional(),
    secretFrom: secretPlace.optional(),
    role: z.enum(SERVICE_ROLES, { error: `one of ${SERVICE_ROLES.join(", ")}` }),
    scopes: z
      .array(z.string().regex(SCOPE, { error: "a scope, as ledger:write, ledger:* or *" }))
      .min(1, { error: "at least one scope" }),
  })
  .refine((key) => (key.algorithm === "hmac-sha256") === (key.secretFrom !== undefined), {
    error: "secretFrom with hmac-sha256, and with nothing else",
  })
  .refine((key) => (key.algorithm === "hmac-sha256") !== (key.publicKey !== undefined), {
    error: "publicKey with ed25519 and ecdsa-p256-sha256, and with nothing else",
  });

const claimName = matching(/^[\x21-\x7e]{1,128}$/, "a claim's name");
/** Plain HTTP only on loopback. */
const ISSUER =
  /^(?:https:\/\/[^\s/?#]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)(?:\/[^\s?#]*)?$/;
const optionalUrl = matching(
  new RegExp(`^$|${ISSUER.source}`),
  "an https:// address, or http:// on this machine",
);

export const authenticationSettings: {
  readonly [Key in keyof AuthenticationSettings]: Setting<AuthenticationSettings[Key]>;
} = {
  oidc: objectOf<OidcSettings>(
    {
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
        summary: "claim with the role, or a list of roles of which the strongest counts",
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
        summary: "client id for browser logins at /v1/auth/login",
        formerly: "oidcClientId",
      },
      clientSecretFrom: { ...reference("reference to the client secret"), formerly: "oidcClientSecretFrom" },
      scopes: {
        type: matching(/^openid(?: [\x21-\x7e]+)*$/, "scopes with spaces between them, the first openid"),
        default: "openid profile",
        value: "LIST",
        summary: "scopes requested at login",
        formerly: "oidcScopes",
      },
    },
    "OpenID Connect provider for tokens and browser logins",
  ),
  publicUrl: {
    type: matching(/^$|^https?:\/\/[^\s/?#]+$/, "an http:// or https:// address without a path"),
    default: "",
    value: "URL",
    summary: "public URL of this service, required for browser logins",
  },
  sessionLifetime: {
    type: duration("1m", "30d"),
    default: "8h",
    value: "TIME",
    summary: "lifetime of a login session",
  },
  serviceKeys: {
    type: listOf(serviceKey, "a list of keys, each with id, algorithm, role and scopes"),
    default: "",
    value: "JSON",
    summary: "keys of services with signed requests (RFC 9421): id, algorithm, publicKey, role, scopes",
    isReloadable: true,
  },
  corsOrigins: {
    type: list,
    default: "",
    value: "URL,…",
    summary: "web origins that may call the API (CORS)",
  },
  hosts: {
    type: list,
    default: "",
    value: "NAME,…",
    summary: "allowed Host names besides localhost, IP addresses and that of --public-url; *: all",
  },
  trustedProxies: {
    type: list,
    default: "",
    value: "ADDR,…",
    summary: "proxies (addresses, networks) with trusted X-Forwarded headers",
  },
  limitPerAddress: {
    type: wholeNumber(1, 1_000_000_000),
    default: 12_000,
    value: "N",
    summary: "rate limit per client address, requests per minute",
    isReloadable: true,
    isRuntime: true,
  },
  limitPerPrincipal: {
    type: wholeNumber(1, 1_000_000_000),
    default: 60_000,
    value: "N",
    summary: "rate limit per caller, cost units of the routes per minute",
    isReloadable: true,
    isRuntime: true,
  },
  redis: reference("reference to the Redis URL, to share rate limits between processes"),
};
