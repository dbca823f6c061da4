import { z } from "zod";
import {
  list,
  listOf,
  matching,
  objectOf,
  path,
  type Setting,
  type SettingsOf,
  toggle,
  wholeNumber,
  wordOr,
} from "../../config/index.ts";
import { PRIORITIES } from "../../guard/AccessPrincipal.ts";
import { parseNetwork } from "../../guard/AddressList.ts";
import { PERMISSION, PERMISSION_FORMS } from "../../guard/Permissions.ts";
import { reference, secretPlace } from "../../secrets/reference.ts";
import {
  hasRightPublicKey,
  hasRightSecret,
  PUBLIC_KEY_RULE,
  type RequestKeySetting,
  requestKeyMembers,
  SECRET_RULE,
} from "./requestKeySetting.ts";

const COST_MAX = 1_000_000_000;
const CONNECTIONS_MAX = 65_536;
const networks = list.refine((given) => given.every((text) => parseNetwork(text) !== undefined), {
  error: "addresses and networks (CIDR), separated by commas",
});

const permissions: z.ZodType<readonly string[]> = list.refine(
  (given) => given.every((pattern) => PERMISSION.test(pattern)),
  { error: PERMISSION_FORMS },
);

export const guardSettings = {
  allowList: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "file of addresses and networks (CIDR) that are never limited or banned, one per line",
    isReloadable: true,
  },
  denyList: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "file of addresses and networks (CIDR) that are always refused, one per line",
    isReloadable: true,
  },
  connectionsPerAddress: {
    type: wholeNumber(1, CONNECTIONS_MAX),
    default: 256,
    value: "N",
    summary: "open connections per client address (IPv6: per /64)",
    isReloadable: true,
  },
} satisfies Readonly<Record<string, Setting>>;

export type GuardSettings = SettingsOf<typeof guardSettings>;

/** Identified by API key, token subject, client certificate name or signed requests. */
export interface AccessSetting extends Partial<RequestKeySetting> {
  readonly name: string;
  /** Whose usage the principal is, for its cost. */
  readonly tenant?: string | undefined;
  readonly keyHash?: string | undefined;
  readonly keyFrom?: string | undefined;
  readonly subject?: string | undefined;
  readonly certificate?: string | undefined;
  readonly permissions: readonly string[];
  readonly priority: (typeof PRIORITIES)[number];
  readonly limit?: number | undefined;
  readonly connections?: number | undefined;
}

const accessEntry = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, { error: "1 to 64 letters, digits, . _ or -" }),
    tenant: z.string().min(1).max(128).optional(),
    keyHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, {
        error: "the SHA-256 of a key in hexadecimal, as `trellis guard key` prints it",
      })
      .optional(),
    keyFrom: secretPlace.optional(),
    subject: z.string().min(1).max(256).optional(),
    certificate: z.string().min(1).max(256).optional(),
    ...requestKeyMembers,
    algorithm: requestKeyMembers.algorithm.optional(),
    permissions,
    priority: z.enum(PRIORITIES, { error: `one of ${PRIORITIES.join(", ")}` }).default("normal"),
    limit: wholeNumber(0, COST_MAX).optional(),
    connections: wholeNumber(1, CONNECTIONS_MAX).optional(),
  })
  .refine(
    ({ keyHash, keyFrom, subject, certificate, algorithm }) =>
      [keyHash, keyFrom, subject, certificate, algorithm].filter((one) => one !== undefined).length === 1,
    { error: "exactly one of keyHash, keyFrom, subject, certificate and algorithm" },
  )
  .refine(hasRightSecret, SECRET_RULE)
  .refine(hasRightPublicKey, PUBLIC_KEY_RULE);

const methodLimits: z.ZodType<Readonly<Record<string, number>>> = z
  .preprocess(methodPairs, list)
  .refine((given) => given.every((text) => /^[A-Za-z0-9_.]{1,64}=[1-9]\d{0,8}$/.test(text)), {
    error: "methods with a number of calls each, such as debug_traceTransaction=60",
  })
  .transform((given) => {
    const pairs = given.map((text): [string, number] => {
      const [method = "", calls = ""] = text.split("=");
      return [method, Number(calls)];
    });
    return Object.fromEntries(pairs);
  });

/** Accepts a mapping, too, as the API returns it. */
function methodPairs(given: unknown): unknown {
  const isMapping = typeof given === "object" && given !== null && !Array.isArray(given);
  return isMapping ? Object.entries(given).map(([method, calls]) => `${method}=${calls}`) : given;
}

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: string;
}

const ADDRESS =
  /^$|^file:[^\0]+$|^https:\/\/[^\s?#]+$|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/[^\s?#]*)?$/;

const SPACELESS = /^[\x21-\x7e]{1,256}$/;
const namedIssuer: z.ZodType<JwtSettings & { readonly name: string }> = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, { error: "1 to 32 lower-case letters, digits and hyphens" }),
  issuer: z.string().regex(SPACELESS, { error: "a name without spaces" }),
  audience: z.string().regex(SPACELESS, { error: "a name without spaces" }),
  keys: z.string().min(1).regex(ADDRESS, { error: "an https:// address, or file:PATH of a JWK set" }),
});

export const nodeGuardSettings = {
  ...guardSettings,
  trustedProxies: {
    type: networks,
    default: "",
    value: "ADDR,…",
    summary:
      "proxies on other machines (addresses, networks) whose X-Forwarded-For or Forwarded names the client",
    isReloadable: true,
  },
  limitPerAddress: {
    type: wholeNumber(0, COST_MAX),
    default: 30_000,
    value: "N",
    summary:
      "cost per client address and minute, without credentials; rpc.discover has the weights; 0: no limit",
    isReloadable: true,
  },
  limitPerPrincipal: {
    type: wholeNumber(0, COST_MAX),
    default: 300_000,
    value: "N",
    summary: "cost per principal and minute; 0: no limit",
    isReloadable: true,
  },
  limitPerConnection: {
    type: wholeNumber(0, COST_MAX),
    default: 0,
    value: "N",
    summary: "cost per connection and minute; 0: no limit",
    isReloadable: true,
  },
  limitPerMethod: {
    type: methodLimits,
    default: "",
    value: "METHOD=N,…",
    summary: "calls per caller and minute, by method, such as debug_traceTransaction=60",
    isReloadable: true,
  },
  connectionsPerPrincipal: {
    type: wholeNumber(1, CONNECTIONS_MAX),
    default: 256,
    value: "N",
    summary: "open WebSockets per principal",
    isReloadable: true,
  },
  access: {
    type: listOf(
      accessEntry as z.ZodType<AccessSetting>,
      "a list of principals, each with name and permissions",
    ),
    default: "",
    value: "JSON",
    summary:
      "principals of JSON-RPC: name, one of keyHash, keyFrom, subject, certificate and algorithm (with publicKey or secretFrom), permissions, priority, limit, connections, tenant (a customer)",
    isReloadable: true,
  },
  anonymousMethods: {
    type: permissions,
    default: "",
    value: "PATTERN,…",
    summary:
      "methods without credentials, such as eth:*,debug:traceCall; default: eth, net, web3, rpc, txpool, and trellis without mining; on local: all",
    isReloadable: true,
  },
  hideMethods: {
    type: toggle,
    default: false,
    summary: "report methods without permission as unknown",
    isReloadable: true,
  },
  jwtSecretFrom: {
    ...reference(
      "reference to the HS256 secret of tokens, 64 hexadecimal digits as in Ethereum's engine API",
    ),
    isReloadable: true,
  },
  jwt: objectOf<JwtSettings>(
    {
      issuer: {
        type: matching(/^[\x21-\x7e]{0,256}$/, "a name without spaces"),
        default: "",
        value: "URL",
        summary: "issuer of accepted tokens",
        isReloadable: true,
      },
      audience: {
        type: matching(/^[\x21-\x7e]{0,256}$/, "a name without spaces"),
        default: "",
        value: "NAME",
        summary: "required audience of tokens",
        isReloadable: true,
      },
      keys: {
        type: matching(ADDRESS, "an https:// address, http:// on this machine, or file:PATH of a JWK set"),
        default: "",
        value: "URL|file:PATH",
        summary: "JWKS of the issuer",
        isReloadable: true,
      },
    },
    "issuer of tokens with asymmetric signatures",
  ),
  issuers: {
    type: listOf(namedIssuer, "a list of issuers, each with name, issuer, audience and keys"),
    default: "",
    value: "JSON",
    summary: "further issuers: name, and the members of jwt; subjects are NAME/SUBJECT",
    isReloadable: true,
  },
  redis: reference("reference to the Redis URL, to share rate limits between processes"),
  insecureHttp: {
    type: toggle,
    default: false,
    summary: "listen without TLS on addresses that other machines reach, such as behind a TLS proxy",
  },
} satisfies Readonly<Record<string, Setting>>;

export type NodeGuardSettings = SettingsOf<typeof nodeGuardSettings>;
