import { bytesToHex } from "@trellis/base";
import { z } from "zod";
import { type AuditEntry, type AuditLog, type AuditStore, verifyAuditLog } from "../audit/index.ts";
import {
  type Access,
  type ApiKey,
  type ApiKeys,
  type NewApiKey,
  ROLES,
  type Sessions,
} from "../auth/index.ts";
import { defineRoute, httpErrors, pageOf, pageQuery, type Route, readPage } from "../http/index.ts";
import { sessionRoutes } from "./sessionRoutes.ts";

export interface AdministeredPorts {
  readonly apiKeys: ApiKeys;
  readonly sessions: Sessions;
  readonly audit: { readonly log: AuditLog; readonly store: Pick<AuditStore, "read"> };
}

const SELF: Access = { kind: "protected", roles: ROLES, scope: "self:read", rows: "filtered" };
const AUDITORS: Access = {
  kind: "protected",
  roles: ["admin", "auditor"],
  scope: "audit:read",
  rows: "notPersonal",
};
const admins = (scope: string): Access => ({
  kind: "protected",
  roles: ["admin"],
  scope,
  rows: "notPersonal",
});

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const timeMs = z.int().min(0).meta({ description: "Unix time in milliseconds" });
const role = z.enum(ROLES).meta({ id: "Role" });
const scopes = z
  .array(
    z
      .string()
      .regex(/^(?:\*|[a-z]+:(?:\*|[a-z]+))$/)
      .meta({ examples: ["ledger:read"] }),
  )
  .min(1)
  .max(32);
const keyId = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "ApiKeyId", examples: ["api-key-1", "missing"] });
const keyName = z
  .string()
  .min(1)
  .max(128)
  .meta({ examples: ["import"] });

const apiKey = z
  .strictObject({
    id: keyId,
    name: z.string(),
    role,
    customerId: z.string().nullable(),
    scopes: z.array(z.string()),
    createdBy: z.string(),
    createdAtMs: timeMs,
    expiresAtMs: timeMs.nullable(),
    revokedAtMs: timeMs.nullable(),
    lastUsedAtMs: timeMs.nullable(),
  })
  .meta({ id: "ApiKey" });
const newApiKey = z
  .strictObject({
    key: apiKey,
    text: z.string().meta({ description: "the API key; returned only once" }),
  })
  .meta({ id: "NewApiKey" });

const auditEntry = z
  .strictObject({
    sequence: z.int(),
    timeMs,
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    outcome: z.enum(["done", "refused", "failed"]),
    correlationId: z.string(),
    facts: z.record(z.string(), z.string()),
    previousHash: hash,
    hash,
  })
  .meta({ id: "AuditEntry" });

export function administrationRoutes(ports: AdministeredPorts): readonly Route[] {
  return [...selfRoutes(), ...keyRoutes(ports), ...sessionRoutes(ports), ...auditRoutes(ports)];
}

function selfRoutes(): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getSelf",
        method: "GET",
        path: "/v1/me",
        tag: "administration",
        summary: "Returns the authenticated caller",
        access: SELF,
        answer: {
          status: 200,
          description: "the principal",
          schema: z.strictObject({
            id: z.string(),
            role,
            customerId: z.string().nullable(),
            scopes: z.array(z.string()).meta({ description: "`*`: all scopes of the role" }),
          }),
        },
        errors: [],
      },
      ({ principal, rows }) => ({
        id: principal.id,
        role: principal.role ?? "customer",
        customerId: rows.customerId ?? null,
        scopes: principal.scopes === "all" ? ["*"] : [...principal.scopes],
      }),
    ),
  ];
}

function keyRoutes({ apiKeys, sessions }: AdministeredPorts): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listApiKeys",
        method: "GET",
        path: "/v1/api-keys",
        tag: "administration",
        summary: "Lists API keys without their secrets",
        access: admins("keys:read"),
        query: z.strictObject(pageQuery),
        answer: { status: 200, description: "a page", schema: pageOf(apiKey) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query }) =>
        readPage(
          query,
          ["api-keys"],
          async (after, limit) => (await apiKeys.list(after, limit)).map(shownKey),
          ({ id }) => id,
        ),
    ),
    defineRoute(
      {
        id: "createApiKey",
        method: "POST",
        path: "/v1/api-keys",
        tag: "administration",
        summary: "Creates an API key",
        access: admins("keys:write"),
        body: z.strictObject({
          name: keyName,
          role: role.meta({ examples: ["operator"] }),
          scopes,
          customerId: z
            .string()
            .min(1)
            .max(128)
            .nullable()
            .default(null)
            .meta({ description: "for the role customer" }),
          expiresAtMs: timeMs.nullable().default(null),
        }),
        answer: { status: 201, description: "the key, returned only once", schema: newApiKey },
        errors: ["API_KEY_GRANT_INVALID"],
      },
      async ({ body, principal }) =>
        shownNew(
          await apiKeys.create(
            { ...body, customerId: body.customerId ?? undefined, expiresAtMs: body.expiresAtMs ?? undefined },
            principal,
          ),
        ),
    ),
    ...keyChangeRoutes({ apiKeys, sessions }),
  ];
}

function keyChangeRoutes({
  apiKeys,
  sessions,
}: Pick<AdministeredPorts, "apiKeys" | "sessions">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "rotateApiKey",
        method: "POST",
        path: "/v1/api-keys/{keyId}/rotation",
        tag: "administration",
        summary: "Rotates the secret of an API key",
        access: admins("keys:write"),
        params: z.strictObject({ keyId }),
        body: z.strictObject({
          overlapMs: z
            .int()
            .min(0)
            .max(604_800_000)
            .default(86_400_000)
            .meta({ description: "time for which the previous secret stays valid" }),
        }),
        answer: { status: 200, description: "the key, returned only once", schema: newApiKey },
        errors: ["NOT_FOUND", "API_KEY_REVOKED", "API_KEY_GRANT_INVALID"],
      },
      async ({ params, body, principal }) =>
        shownNew(known(await apiKeys.rotate(params.keyId, body.overlapMs, principal), params.keyId)),
    ),
    defineRoute(
      {
        id: "revokeApiKey",
        method: "DELETE",
        path: "/v1/api-keys/{keyId}",
        tag: "administration",
        summary: "Revokes an API key at once",
        access: admins("keys:write"),
        params: z.strictObject({ keyId }),
        answer: { status: 200, description: "the key", schema: apiKey },
        errors: ["NOT_FOUND"],
      },
      async ({ params: { keyId: id } }) => {
        const key = known(await apiKeys.revoke(id), id);
        await sessions.endAll(`key:${id}`);
        return shownKey(key);
      },
    ),
  ];
}

function known<T>(found: T | undefined, id: string): T {
  if (found === undefined) throw httpErrors.NOT_FOUND({ reason: "no such API key", id });
  return found;
}

function auditRoutes({ audit }: AdministeredPorts): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listAuditEntries",
        method: "GET",
        path: "/v1/audit-log",
        tag: "administration",
        summary: "Lists the audit log, oldest first",
        access: AUDITORS,
        query: z.strictObject(pageQuery),
        answer: { status: 200, description: "a page", schema: pageOf(auditEntry) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query }) =>
        readPage(
          query,
          ["audit"],
          async (after, limit) =>
            (await audit.store.read(after === undefined ? 0 : Number(after) + 1, limit)).map(shownEntry),
          ({ sequence }) => String(sequence),
        ),
    ),
    defineRoute(
      {
        id: "verifyAuditLog",
        method: "GET",
        path: "/v1/audit-log/verification",
        tag: "administration",
        summary: "Verifies the hash chain of the audit log",
        access: AUDITORS,
        answer: {
          status: 200,
          description: "the first broken entry, if any",
          schema: z.strictObject({
            entryCount: z.int(),
            broken: z.strictObject({ sequence: z.int(), reason: z.string() }).nullable(),
            head: z.strictObject({ sequence: z.int(), hash }).nullable(),
          }),
        },
        errors: [],
        cost: 50,
      },
      async () => {
        const { entryCount, broken, head } = await verifyAuditLog(audit.store);
        return {
          entryCount,
          broken: broken ?? null,
          head: head === undefined ? null : { sequence: head.sequence, hash: bytesToHex(head.hash) },
        };
      },
    ),
  ];
}

function shownKey(key: ApiKey) {
  const { id, name, role: granted, scopes: given, createdBy, createdAtMs } = key;
  return {
    id,
    name,
    role: granted,
    customerId: key.customerId ?? null,
    scopes: [...given],
    createdBy,
    createdAtMs,
    expiresAtMs: key.expiresAtMs ?? null,
    revokedAtMs: key.revokedAtMs ?? null,
    lastUsedAtMs: key.lastUsedAtMs ?? null,
  };
}

function shownNew({ key, text }: NewApiKey) {
  return { key: shownKey(key), text };
}

function shownEntry(entry: AuditEntry) {
  return {
    ...entry,
    facts: { ...entry.facts },
    previousHash: bytesToHex(entry.previousHash),
    hash: bytesToHex(entry.hash),
  };
}
