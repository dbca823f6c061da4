import type { SchemaDatabase } from "../db/index.ts";
import type { DedupeStore } from "./Notification.ts";

export interface DedupeTables {
  told: { key: string; until_ms: bigint };
}

export const dedupeTable = (schema: string): string =>
  `CREATE TABLE ${schema}.told (key text PRIMARY KEY, until_ms bigint NOT NULL);`;

export function createDedupeStore(db: SchemaDatabase<DedupeTables>["db"]): DedupeStore {
  return {
    async claim(key, nowMs, untilMs) {
      const until_ms = BigInt(untilMs);
      const row = await db
        .insertInto("told")
        .values({ key, until_ms })
        .onConflict((conflict) =>
          conflict.column("key").doUpdateSet({ until_ms }).where("told.until_ms", "<=", BigInt(nowMs)),
        )
        .returning("key")
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
