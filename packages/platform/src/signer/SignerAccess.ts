import { isTrellisError } from "@trellis/base";
import { parse } from "yaml";
import { z } from "zod";
import { signerErrors } from "../keyServices/errors.ts";
import { KEY_PURPOSES } from "../keys/KeyHolder.ts";

export const SIGNER_OPERATIONS = ["sign", "digest", "message", "transaction", "vote", "protection"] as const;
export type SignerOperation = (typeof SIGNER_OPERATIONS)[number];

export interface Permission<Policy> {
  /** Pattern of key ids. `*` matches anything except a slash. */
  readonly keys: string;
  readonly operations: readonly SignerOperation[];
  /** Applies to transactions. */
  readonly policy?: { readonly name: string; readonly rules: Policy } | undefined;
  /** Prefixes of messages to sign; empty: any message. */
  readonly prefixes: readonly string[];
}

export interface ClientAccess<Policy> {
  /** Common name of the client certificate. */
  readonly name: string;
  /** Includes refused requests. */
  readonly requestsPerMinuteMax: number;
  readonly permissions: readonly Permission<Policy>[];
}

/** Unlisted access is denied. */
export type SignerAccess<Policy> = ReadonlyMap<string, ClientAccess<Policy>>;

export const CLIENT_NAME: RegExp = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;
const PATTERN = /^[a-z0-9-]*\*?[a-z0-9-]*\/[a-z0-9._-]*\*?[a-z0-9._-]*$/;
/** Validator keys must be imported with their slashing-protection record. */
const HELD_PURPOSES = KEY_PURPOSES.filter((purpose) => purpose !== "validator");
const HELD_ID = new RegExp(`^(?:${HELD_PURPOSES.join("|")})/[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$`);
const HELD_FORM = "PURPOSE/NAME, of another purpose than validator";
const REQUESTS_PER_MINUTE = 600;
const TEXT_CHARS_MAX = 1_048_576;

const permission = z.strictObject({
  keys: z.string().max(128).regex(PATTERN, { error: "PURPOSE/NAME, with at most one * in each" }),
  operations: z.array(z.enum(SIGNER_OPERATIONS)).min(1),
  policy: z.string().optional(),
  prefixes: z.array(z.string().min(1).max(256)).max(32).default([]),
});

const accessFile = z.strictObject({
  clients: z.record(
    z.string().regex(CLIENT_NAME),
    z.strictObject({
      requestsPerMinuteMax: z.int().min(1).max(1_000_000).default(REQUESTS_PER_MINUTE),
      permissions: z.array(permission).max(1_000),
    }),
  ),
  policies: z.record(z.string().max(64), z.unknown()).default({}),
  keys: z.record(z.string().max(128).regex(HELD_ID, { error: HELD_FORM }), z.string().max(2_048)).default({}),
});

/** @param text YAML @throws SIGNER_SETUP_INVALID */
export function parseAccess<Policy>(text: string, policy: z.ZodType<Policy>): SignerAccess<Policy> {
  const file = checked(accessFile, yamlOf(text), "");
  const policies = new Map(
    Object.entries(file.policies).map(([name, rules]) => [name, checked(policy, rules, `policies.${name}`)]),
  );
  const clients = Object.entries(file.clients).map(
    ([name, { requestsPerMinuteMax, permissions }]): [string, ClientAccess<Policy>] => {
      const resolved = permissions.map((given) => {
        const named = { ...given, policy: policyOf(given.policy, policies, name) };
        if (given.operations.includes("transaction") && named.policy === undefined)
          throw invalid(`clients.${name}: transaction needs a policy`);
        return named;
      });
      return [name, { name, requestsPerMinuteMax, permissions: resolved }];
    },
  );
  return new Map(clients);
}

/** @throws SIGNER_SETUP_INVALID */
export function parseHeldKeys(text: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(checked(accessFile, yamlOf(text), "").keys));
}

function policyOf<Policy>(name: string | undefined, policies: ReadonlyMap<string, Policy>, client: string) {
  if (name === undefined) return undefined;
  const rules = policies.get(name);
  if (rules === undefined) throw invalid(`clients.${client}: no policy ${name.slice(0, 64)}`);
  return { name, rules };
}

export function permissionOf<Policy>(
  { permissions }: ClientAccess<Policy>,
  keyId: string,
  operation: SignerOperation,
): Permission<Policy> | undefined {
  return permissions.find(({ keys, operations }) => operations.includes(operation) && isMatch(keys, keyId));
}

export function mayUse<Policy>({ permissions }: ClientAccess<Policy>, keyId: string): boolean {
  return permissions.some(({ keys }) => isMatch(keys, keyId));
}

function isMatch(pattern: string, id: string): boolean {
  const patterns = pattern.split("/");
  const parts = id.split("/");
  return patterns.length === parts.length && patterns.every((part, index) => isPart(part, parts[index]!));
}

function isPart(pattern: string, text: string): boolean {
  const [before, after] = pattern.split("*");
  if (after === undefined) return pattern === text;
  return (
    text.length >= pattern.length - 1 && text.length > 0 && text.startsWith(before!) && text.endsWith(after)
  );
}

function yamlOf(text: string): unknown {
  if (text.length > TEXT_CHARS_MAX) throw invalid(`longer than ${TEXT_CHARS_MAX} characters`);
  try {
    // Aliases can expand without limit.
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    if (isTrellisError(error)) throw error;
    throw invalid("no YAML");
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = [at, ...(issue?.path ?? [])].filter((part) => part !== "").join(".");
  throw invalid(`${place.slice(0, 200)}: ${issue?.message.slice(0, 200) ?? "invalid"}`);
}

function invalid(reason: string) {
  return signerErrors.SIGNER_SETUP_INVALID({ what: "access file", reason });
}
