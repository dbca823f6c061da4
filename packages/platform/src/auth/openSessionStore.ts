import type { Selectable } from "kysely";
import type { AtRest, TextCipher } from "../atRest/index.ts";
import type { Database, SchemaStep } from "../db/index.ts";
import { isRole } from "./Principal.ts";
import type { Session, SessionStore } from "./Session.ts";

interface SessionTables {
  sessions: {
    id: string;
    principal: string;
    principal_index: Uint8Array;
    role: string | null;
    provider: string;
    created_at_ms: bigint;
    last_seen_at_ms: bigint;
    expires_at_ms: bigint;
    address: string;
    user_agent: string;
  };
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "sessions-001",
    sql: (schema) => `
CREATE TABLE ${schema}.sessions (
  id text COLLATE "C" PRIMARY KEY,
  principal text NOT NULL,
  principal_index bytea NOT NULL,
  role text,
  provider text NOT NULL,
  created_at_ms bigint NOT NULL,
  last_seen_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  address text NOT NULL,
  user_agent text NOT NULL
);
CREATE INDEX sessions_principal ON ${schema}.sessions (principal_index, id);
CREATE INDEX sessions_expiry ON ${schema}.sessions (expires_at_ms);`,
  },
];

const ROW = { table: "sessions", row: "id" };
type Ciphers = Readonly<Record<"principal" | "address" | "user_agent", TextCipher>>;

/** [GUARD-14] */
export async function openSessionStore(
  database: Database,
  schema: string,
  atRest: AtRest,
): Promise<SessionStore> {
  const tables = await database.openSchema<SessionTables>(schema, STEPS);
  const { db } = tables;
  const ciphers = await atRest.texts(tables, { principal: ROW, address: ROW, user_agent: ROW });
  const indexOf = atRest.index(`${schema}.sessions.principal`);
  const shown = (row: Selectable<SessionTables["sessions"]>) => toSession(row, ciphers);
  return {
    async insert(session) {
      const row = rowOf(session, ciphers);
      await db
        .insertInto("sessions")
        .values({ ...row, principal_index: indexOf(session.principalId) })
        .execute();
    },
    async find(id) {
      const row = await db.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
      return row && shown(row);
    },
    async list({ principalId, beforeId, nowMs }, limit) {
      let query = db.selectFrom("sessions").selectAll().where("expires_at_ms", ">", BigInt(nowMs));
      if (principalId !== undefined) query = query.where("principal_index", "=", indexOf(principalId));
      if (beforeId !== undefined) query = query.where("id", "<", beforeId);
      return (await query.orderBy("id", "desc").limit(limit).execute()).map(shown);
    },
    async touch(id, seenAtMs) {
      await db
        .updateTable("sessions")
        .set({ last_seen_at_ms: BigInt(seenAtMs) })
        .where("id", "=", id)
        .where("last_seen_at_ms", "<", BigInt(seenAtMs))
        .execute();
    },
    async end(id) {
      const row = await db.deleteFrom("sessions").where("id", "=", id).returningAll().executeTakeFirst();
      return row && shown(row);
    },
    async endAll(principalId) {
      const { numDeletedRows } = await db
        .deleteFrom("sessions")
        .where("principal_index", "=", indexOf(principalId))
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
    async sweep(nowMs) {
      const { numDeletedRows } = await db
        .deleteFrom("sessions")
        .where("expires_at_ms", "<=", BigInt(nowMs))
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

function rowOf(session: Session, ciphers: Ciphers) {
  const { id, principalId, role, provider, client } = session;
  return {
    id,
    principal: ciphers.principal.seal(id, principalId),
    role: role ?? null,
    provider,
    created_at_ms: BigInt(session.createdAtMs),
    last_seen_at_ms: BigInt(session.lastSeenAtMs),
    expires_at_ms: BigInt(session.expiresAtMs),
    address: ciphers.address.seal(id, client.address),
    user_agent: ciphers.user_agent.seal(id, client.userAgent),
  };
}

function toSession(row: Selectable<SessionTables["sessions"]>, ciphers: Ciphers): Session {
  const { id, role, provider } = row;
  return {
    id,
    principalId: ciphers.principal.open(id, row.principal),
    role: isRole(role) ? role : undefined,
    provider,
    createdAtMs: Number(row.created_at_ms),
    lastSeenAtMs: Number(row.last_seen_at_ms),
    expiresAtMs: Number(row.expires_at_ms),
    client: {
      address: ciphers.address.open(id, row.address),
      userAgent: ciphers.user_agent.open(id, row.user_agent),
    },
  };
}
