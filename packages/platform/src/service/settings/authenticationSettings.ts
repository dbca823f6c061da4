import { z } from "zod";
import { duration, list, listOf, matching, type Setting, wholeNumber } from "../../config/index.ts";
import { reference } from "../../secrets/reference.ts";
import {
  type IdentitySettings,
  identitySettings,
  type STAFF_ROLES,
  scopeList,
  staffRole,
} from "./identitySettings.ts";
import {
  hasRightPublicKey,
  hasRightSecret,
  PUBLIC_KEY_RULE,
  type RequestKeySetting,
  requestKeyMembers,
  SECRET_RULE,
} from "./requestKeySetting.ts";

export interface AuthenticationSettings extends IdentitySettings {
  readonly publicUrl: string;
  /** Milliseconds. */
  readonly sessionLifetime: number;
  readonly serviceKeys: readonly ServiceKeySetting[];
  readonly corsOrigins: readonly string[];
  readonly hosts: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Requests per minute. */
  readonly limitPerAddress: number;
  /** Cost per minute. */
  readonly limitPerPrincipal: number;
  readonly redis: string;
}

export interface ServiceKeySetting extends RequestKeySetting {
  readonly id: string;
  readonly role: (typeof STAFF_ROLES)[number];
  readonly scopes: readonly string[];
}

export function hostsOf({
  hosts,
  publicUrl,
}: Pick<AuthenticationSettings, "hosts" | "publicUrl">): readonly string[] {
  return publicUrl === "" ? hosts : [...hosts, new URL(publicUrl).hostname];
}

/** Empty behind a proxy, which has its own certificate. */
export function namesOf({
  publicUrl,
  trustedProxies,
}: Pick<AuthenticationSettings, "publicUrl" | "trustedProxies">): readonly string[] {
  return publicUrl === "" || trustedProxies.length > 0 ? [] : [new URL(publicUrl).hostname];
}

const serviceKey: z.ZodType<ServiceKeySetting> = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9._:/-]{1,128}$/, { error: "1 to 128 letters, digits, . _ : / or -" }),
    ...requestKeyMembers,
    role: staffRole,
    scopes: scopeList,
  })
  .refine(hasRightSecret, SECRET_RULE)
  .refine(hasRightPublicKey, PUBLIC_KEY_RULE);

export const authenticationSettings: {
  readonly [Key in keyof AuthenticationSettings]: Setting<AuthenticationSettings[Key]>;
} = {
  ...identitySettings,
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
    summary: "allowed Host names besides localhost, IP addresses and the host of --public-url; *: all",
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
