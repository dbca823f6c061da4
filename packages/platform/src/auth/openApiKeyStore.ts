import type { Selectable } from "kysely";
import { type AtRest, sealedTexts, type TextCipher } from "../atRest/index.ts";
import type { Database, SchemaStep } from "../db/index.ts";
import type { ApiKey, ApiKeyStore } from "./ApiKey.ts";
import { authErrors } from "./errors.ts";
import { isRole } from "./Principal.ts";

interface KeyTables {
  keys: {
    id: string;
    name: string;
    role: string;
    customer_id: string | null;
    scopes: string;
    secret_hash: Uint8Array;
    previous_secret_hash: Uint8Array | null;
    previous_until_ms: bigint | null;
    created_by: string;
    created_at_ms: bigint;
    expires_at_ms: bigint | null;
    revoked_at_ms: bigint | null;
    last_used_at_ms: bigint | null;
  };
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "keys-001",
    sql: (schema) => `
CREATE TABLE ${schema}.keys (
  id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('admin', 'operator', 'auditor', 'customer')),
  customer_id text CHECK ((customer_id IS NOT NULL) = (role = 'customer')),
  scopes text NOT NULL,
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  previous_secret_hash bytea,
  previous_until_ms bigint,
  created_by text NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint,
  revoked_at_ms bigint,
  last_used_at_ms bigint
);`,
  },
  {
    name: "keys-002-viewer",
    sql: (schema) => `
ALTER TABLE ${schema}.keys DROP CONSTRAINT keys_role_check;
ALTER TABLE ${schema}.keys ADD CONSTRAINT keys_role_check
  CHECK (role IN ('admin', 'operator', 'auditor', 'viewer', 'customer'));`,
  },
];

const ROW = { table: "keys", row: "id" };
type Ciphers = Readonly<Record<"name" | "customer_id" | "created_by", TextCipher>>;

/** @param atRest encrypts names, customers and creators */
export async function openApiKeyStore(
  database: Database,
  schema: string,
  atRest?: AtRest,
): Promise<ApiKeyStore> {
  const tables = await database.openSchema<KeyTables>(schema, STEPS);
  const { db } = tables;
  const ciphers = await sealedTexts(atRest, tables, { name: ROW, customer_id: ROW, created_by: ROW });
  const keyOf = (row: Selectable<KeyTables["keys"]>) => toKey(row, ciphers);
  return {
    async insert(key) {
      await db.insertInto("keys").values(rowOf(key, ciphers)).execute();
    },
    async find(id) {
      const row = await db
        .selectFrom("keys")
        .selectAll()
        .where("id", "=", withoutZero(id))
        .executeTakeFirst();
      return row && keyOf(row);
    },
    async list(afterId = "", limit) {
      const rows = await db
        .selectFrom("keys")
        .selectAll()
        .where("id", ">", withoutZero(afterId))
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map(keyOf);
    },
    async rotate(id, from, { secretHash, previousUntilMs }) {
      const row = await db
        .updateTable("keys")
        .set({
          secret_hash: Buffer.from(secretHash),
          previous_secret_hash: Buffer.from(from),
          previous_until_ms: BigInt(previousUntilMs),
        })
        .where("id", "=", withoutZero(id))
        .where("secret_hash", "=", Buffer.from(from))
        .where("revoked_at_ms", "is", null)
        .returningAll()
        .executeTakeFirst();
      return row && keyOf(row);
    },
    async revoke(id, atMs) {
      const row = await db
        .updateTable("keys")
        .set(({ fn, val }) => ({ revoked_at_ms: fn.coalesce("revoked_at_ms", val(BigInt(atMs))) }))
        .where("id", "=", withoutZero(id))
        .returningAll()
        .executeTakeFirst();
      return row && keyOf(row);
    },
    async touch(id, usedAtMs) {
      await db
        .updateTable("keys")
        .set({ last_used_at_ms: BigInt(usedAtMs) })
        .where("id", "=", id)
        .where((where) =>
          where.or([where("last_used_at_ms", "is", null), where("last_used_at_ms", "<", BigInt(usedAtMs))]),
        )
        .execute();
    },
  };
}

function rowOf(key: ApiKey, ciphers: Ciphers) {
  return {
    id: key.id,
    name: ciphers.name.seal(key.id, key.name),
    role: key.role,
    customer_id: key.customerId === undefined ? null : ciphers.customer_id.seal(key.id, key.customerId),
    scopes: key.scopes.join(" "),
    secret_hash: Buffer.from(key.secretHash),
    previous_secret_hash: key.previousSecretHash === undefined ? null : Buffer.from(key.previousSecretHash),
    previous_until_ms: asBigint(key.previousUntilMs),
    created_by: ciphers.created_by.seal(key.id, key.createdBy),
    created_at_ms: BigInt(key.createdAtMs),
    expires_at_ms: asBigint(key.expiresAtMs),
    revoked_at_ms: asBigint(key.revokedAtMs),
    last_used_at_ms: asBigint(key.lastUsedAtMs),
  };
}

function toKey(row: Selectable<KeyTables["keys"]>, ciphers: Ciphers): ApiKey {
  if (!isRole(row.role)) throw authErrors.API_KEY_UNKNOWN({ id: row.id });
  return {
    id: row.id,
    name: ciphers.name.open(row.id, row.name),
    role: row.role,
    customerId: row.customer_id === null ? undefined : ciphers.customer_id.open(row.id, row.customer_id),
    scopes: row.scopes.split(" "),
    secretHash: new Uint8Array(row.secret_hash),
    previousSecretHash:
      row.previous_secret_hash === null ? undefined : new Uint8Array(row.previous_secret_hash),
    previousUntilMs: asNumber(row.previous_until_ms),
    createdBy: ciphers.created_by.open(row.id, row.created_by),
    createdAtMs: Number(row.created_at_ms),
    expiresAtMs: asNumber(row.expires_at_ms),
    revokedAtMs: asNumber(row.revoked_at_ms),
    lastUsedAtMs: asNumber(row.last_used_at_ms),
  };
}

function asBigint(value: number | undefined): bigint | null {
  return value === undefined ? null : BigInt(value);
}

function asNumber(value: bigint | null): number | undefined {
  return value === null ? undefined : Number(value);
}

/** PostgreSQL rejects NUL characters. */
function withoutZero(id: string): string {
  return id.includes("\0") ? "" : id;
}
