import type { SchemaDatabase } from "../db/index.ts";
import type { ToldStore } from "./Notification.ts";

export interface ToldTables {
  told: { key: string; until_ms: bigint };
}

export const toldTable = (schema: string): string =>
  `CREATE TABLE ${schema}.told (key text PRIMARY KEY, until_ms bigint NOT NULL);`;

/** What was told by any process. Of several that tell the same at once one does. */
export function toldStore(db: SchemaDatabase<ToldTables>["db"]): ToldStore {
  return {
    async tell(key, nowMs, untilMs) {
      const until_ms = BigInt(untilMs);
      const told = await db
        .insertInto("told")
        .values({ key, until_ms })
        .onConflict((conflict) =>
          conflict.column("key").doUpdateSet({ until_ms }).where("told.until_ms", "<=", BigInt(nowMs)),
        )
        .returning("key")
        .executeTakeFirst();
      return told !== undefined;
    },
  };
}
