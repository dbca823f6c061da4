import { isTrellisError, type Log, type Scheduler } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { RingKey } from "@trellis/platform/keys";
import { LocalKey } from "@trellis/platform/keys";
import { repeat, type ServiceKeys } from "@trellis/platform/service";
import { canonicalBytes, type JsonObject } from "../canonical/index.ts";
import { reservesErrors } from "./errors.ts";
import type { Publisher } from "./openPublisher.ts";
import type { ServiceTables } from "./schema.ts";
import { publicKeyOf } from "./signingKeys.ts";

const PURPOSES = ["record", "log", "webhook"] as const;
type LoggedPurpose = (typeof PURPOSES)[number];
const CHANGE_PURPOSE = "trellis-reserves-key-change/1\n";
const LOOK_MS = 10_000;

export interface KeyChangePorts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly publisher: Pick<Publisher, "append">;
  readonly reencrypt: () => Promise<unknown>;
  readonly purposes?: readonly LoggedPurpose[];
}

/** Also re-encrypts all data with a new encryption key. Idempotent. [KEY-8] */
export async function publishKeyChanges(
  custodian: string,
  keys: Pick<ServiceKeys, "all" | "active" | "retired">,
  { tables, publisher, reencrypt, purposes = PURPOSES }: KeyChangePorts,
): Promise<void> {
  for (const purpose of purposes) {
    const name = `${purpose}Key`;
    const active = keys.active(purpose);
    const held = await keepFirst(tables, name, publicKeyOf(active));
    if (held === publicKeyOf(active)) continue;
    const known: readonly PreviousKey[] = [...keys.all(purpose), ...keys.retired(purpose)];
    const previous = known.find((key) => publicKeyOf(key) === held);
    if (previous === undefined)
      throw reservesErrors.RESERVES_IDENTITY_DIFFERS({ what: name, got: publicKeyOf(active), held });
    // A process that still has older keys must not change the active key back.
    if (previous.version > active.version) continue;
    await publisher.append({ type: "key-change", body: changeOf(custodian, previous, active) });
    await replace(tables, name, { held, value: publicKeyOf(active) });
  }
  const version = String(keys.active("encryption").version);
  const held = await keepFirst(tables, "encryptionVersion", version);
  if (Number(held) >= Number(version)) return;
  await reencrypt();
  await replace(tables, "encryptionVersion", { held, value: version });
}

/** Runs now and periodically: keys may become active later. */
export async function watchKeyChanges(
  custodian: string,
  keys: Pick<ServiceKeys, "all" | "active" | "retired">,
  { scheduler, log, ...ports }: KeyChangePorts & { readonly scheduler: Scheduler; readonly log: Log },
): Promise<{ stop(): void }> {
  await publishKeyChanges(custodian, keys, ports);
  let known = activeOf(keys);
  return repeat(scheduler, LOOK_MS, async () => {
    const active = activeOf(keys);
    if (active === known) return;
    try {
      await publishKeyChanges(custodian, keys, ports);
      known = active;
      log.info("keys.changed", { active });
    } catch (error) {
      const { code } = isTrellisError(error) ? error : { code: "unknown" };
      log.error("keys.changeFailed", { code, message: "A new key is not logged yet. Retrying." });
    }
  });
}

function activeOf(keys: Pick<ServiceKeys, "active">): string {
  const purposes = [...PURPOSES, "encryption"] as const;
  return purposes.map((purpose) => `${purpose}/${keys.active(purpose).version}`).join(" ");
}

type PreviousKey = Pick<RingKey, "publicKey" | "version"> & Partial<Pick<RingKey, "secret">>;

function changeOf(custodian: string, previous: PreviousKey, next: RingKey): JsonObject {
  const { purpose, version, createdMs } = next;
  const body = {
    custodian,
    purpose,
    algorithm: "ed25519",
    previousKey: publicKeyOf(previous),
    key: publicKeyOf(next),
    version,
    createdMs,
  };
  if (previous.secret === undefined) return { ...body, signature: null };
  const message = Buffer.concat([Buffer.from(CHANGE_PURPOSE), canonicalBytes(body)]);
  const signature = new LocalKey("ed25519", previous.secret).sign(message);
  return { ...body, signature: Buffer.from(signature).toString("base64") };
}

async function keepFirst(
  { db }: SchemaDatabase<ServiceTables>,
  name: string,
  value: string,
): Promise<string> {
  await db
    .insertInto("identity")
    .values({ name, value })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  const row = await db
    .selectFrom("identity")
    .select("value")
    .where("name", "=", name)
    .executeTakeFirstOrThrow();
  return row.value;
}

async function replace(
  { db }: SchemaDatabase<ServiceTables>,
  name: string,
  { held, value }: { readonly held: string; readonly value: string },
): Promise<void> {
  await db
    .updateTable("identity")
    .set({ value })
    .where("name", "=", name)
    .where("value", "=", held)
    .execute();
}
