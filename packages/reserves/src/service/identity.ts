import { type Hex, isTrellisError } from "@trellis/base";
import type { AtRest } from "@trellis/platform/atRest";
import type { Database, SchemaDatabase } from "@trellis/platform/db";
import { keyRingFile } from "@trellis/platform/keys";
import type { Ledger } from "../ledger/index.ts";
import { reservesErrors } from "./errors.ts";
import { SERVICE_STEPS, type ServiceTables } from "./schema.ts";

export async function requireNoIdentity(database: Database, dataDir: string): Promise<void> {
  const { db } = await database.openSchema<ServiceTables>("reserves_service", SERVICE_STEPS);
  const held = await db.selectFrom("identity").select("value").limit(1).executeTakeFirst();
  if (held !== undefined)
    throw reservesErrors.RESERVES_IDENTITY_DIFFERS({
      reason: "service key missing",
      file: keyRingFile(dataDir),
    });
}

interface Identity {
  readonly custodian: string;
  /** Active key first. */
  readonly recordKeys: readonly Hex[];
}

/** With a changed identity, customer keys could not be decrypted, and the log's name would change. */
export async function requireIdentity(
  { db }: SchemaDatabase<ServiceTables>,
  { custodian, recordKeys }: Identity,
): Promise<void> {
  for (const [name, values] of [
    ["custodian", [custodian]],
    ["recordKey", recordKeys],
  ] as const) {
    const [value = ""] = values;
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
    if (!(values as readonly string[]).includes(held.value))
      throw reservesErrors.RESERVES_IDENTITY_DIFFERS({ what: name, got: value, held: held.value });
  }
}

export async function requireMasterKeys(ledger: Pick<Ledger, "missingMasterKey">): Promise<void> {
  const masterKey = await ledger.missingMasterKey();
  if (masterKey === undefined) return;
  throw reservesErrors.RESERVES_IDENTITY_DIFFERS({ reason: "master key missing", masterKey });
}

export function requireIndexKey(atRest: AtRest): void {
  try {
    atRest.index("")("");
  } catch (error) {
    if (!isTrellisError(error, "ENVELOPE_KEY_UNKNOWN")) throw error;
    const { keyId: masterKey } = error.facts;
    throw reservesErrors.RESERVES_IDENTITY_DIFFERS({ reason: "master key missing", masterKey }, error);
  }
}
