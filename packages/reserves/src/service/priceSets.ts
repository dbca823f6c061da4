import type { SchemaDatabase } from "@trellis/platform/db";
import { hashPriceSet, type PriceSet } from "../attestation/index.ts";
import { readingsErrors } from "../readings/index.ts";
import type { ServiceTables } from "./schema.ts";

type Tables = Pick<SchemaDatabase<ServiceTables>, "db">;

export async function keepPriceSet({ db }: Tables, prices: PriceSet): Promise<`0x${string}`> {
  const hash = hashPriceSet(prices);
  await db
    .insertInto("price_sets")
    .values({ hash, prices: JSON.stringify(prices) })
    .onConflict((conflict) => conflict.column("hash").doNothing())
    .execute();
  return hash;
}

export async function priceSetOf({ db }: Tables, hash: string | null): Promise<PriceSet> {
  const row =
    hash === null
      ? undefined
      : await db.selectFrom("price_sets").select("prices").where("hash", "=", hash).executeTakeFirst();
  if (row === undefined)
    throw readingsErrors.RESERVES_PLAN_MISMATCH({
      reason: "the snapshot does not commit to prices",
      priceSetHash: hash,
    });
  return JSON.parse(row.prices) as PriceSet;
}
