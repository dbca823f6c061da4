import type { SchemaDatabase } from "@trellis/platform/db";
import { trellisErrors } from "../../errors.ts";
import type { ServiceTables } from "./schema.ts";

/**
 * A database belongs to one custodian with one key: with others its customers' keys could not be opened, and its
 * log would go on under another name.
 * @throws RESERVES_IDENTITY_DIFFERS
 */
export async function requireIdentity(
  { db }: SchemaDatabase<ServiceTables>,
  identity: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, value] of Object.entries(identity)) {
    await db
      .insertInto("identity")
      .values({ name, value })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    const held = await db
      .selectFrom("identity")
      .select("value")
      .where("name", "=", name)
      .executeTakeFirstOrThrow();
    if (held.value !== value)
      throw trellisErrors.RESERVES_IDENTITY_DIFFERS({ what: name, got: value, held: held.value });
  }
}
