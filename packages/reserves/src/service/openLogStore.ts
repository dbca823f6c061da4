import { createHash } from "node:crypto";
import type { SchemaDatabase } from "@trellis/platform/db";
import { type LogStore, logErrors } from "../log/index.ts";
import type { ServiceTables } from "./schema.ts";

export interface DatabaseLogStore extends LogStore {
  placeOf(bytes: Uint8Array): Promise<number | undefined>;
}

/** Only one of several concurrent appends succeeds. */
export function openLogStore({ db, transaction }: SchemaDatabase<ServiceTables>): DatabaseLogStore {
  return {
    async size() {
      return Number((await db.selectFrom("log_head").select("size").executeTakeFirstOrThrow()).size);
    },
    async readTile(level, index) {
      const row = await db
        .selectFrom("log_tiles")
        .select("hashes")
        .where("level", "=", level)
        .where("place", "=", BigInt(index))
        .executeTakeFirst();
      return row && new Uint8Array(row.hashes);
    },
    async readEntries(start, end) {
      const rows = await db
        .selectFrom("log_entries")
        .select("bytes")
        .where("place", ">=", BigInt(start))
        .where("place", "<", BigInt(end))
        .orderBy("place")
        .execute();
      return rows.map(({ bytes }) => new Uint8Array(bytes));
    },
    async placeOf(bytes) {
      const row = await db
        .selectFrom("log_entries")
        .select("place")
        .where("hash", "=", hashOf(bytes))
        .orderBy("place")
        .limit(1)
        .executeTakeFirst();
      return row && Number(row.place);
    },
    commit: ({ sizeBefore, sizeAfter, entries, tiles }) =>
      transaction(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable("log_head")
          .set({ size: BigInt(sizeAfter) })
          .where("size", "=", BigInt(sizeBefore))
          .executeTakeFirst();
        if (numUpdatedRows !== 1n) throw logErrors.LOG_APPEND_CONFLICT({ expected: sizeBefore });
        for (const [offset, bytes] of entries.entries()) {
          const place = BigInt(sizeBefore + offset);
          await tx
            .insertInto("log_entries")
            .values({ place, bytes: Buffer.from(bytes), hash: hashOf(bytes) })
            .execute();
        }
        for (const { level, index, hashes } of tiles) {
          const written = { hashes: Buffer.from(hashes) };
          await tx
            .insertInto("log_tiles")
            .values({ level, place: BigInt(index), ...written })
            .onConflict((conflict) => conflict.columns(["level", "place"]).doUpdateSet(written))
            .execute();
        }
      }),
  };
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
