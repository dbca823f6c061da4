import type { Scheduler } from "@trellis/base";
import { type Kysely, sql } from "kysely";
import type { Database, SchemaStep } from "../db/index.ts";
import { signerErrors } from "../keyServices/errors.ts";
import { repeat } from "../lifecycle/repeat.ts";

export interface SignedPosition {
  /** Fixed width, because it is compared as text. */
  readonly position: string;
  readonly content: string;
}

/** Shared by instances with separate directories. */
export interface SharedRecord {
  /**
   * Call before signing. Refuses earlier positions, and other content at a stored position.
   * @throws SIGNER_REFUSED, and the DB_ codes
   */
  claim(key: string, signed: SignedPosition): Promise<void>;
  /** @throws SIGNER_SETUP_INVALID if another instance holds one of the keys */
  hold(keys: readonly string[]): Promise<void>;
  /**
   * @throws SIGNER_SETUP_INVALID if another instance has taken the keys, or renewal has failed for too long
   */
  check(): void;
  close(): Promise<void>;
}

interface SharedTables {
  signed: { key: string; position: string; content: string };
  holders: { key: string; instance: string; renewed: Date };
}

const HOLD_SECONDS = 10;
const RENEW_MS = 2_500;

const STEPS: readonly SchemaStep[] = [
  {
    name: "signer-001",
    sql: (schema) => `
CREATE TABLE ${schema}.signed (
  key text PRIMARY KEY,
  position text COLLATE "C" NOT NULL,
  content text NOT NULL
);
CREATE TABLE ${schema}.holders (
  key text PRIMARY KEY,
  instance text NOT NULL,
  renewed timestamptz NOT NULL
);`,
  },
];

export interface SharedPorts {
  readonly scheduler: Scheduler;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/** One statement decides, so two instances cannot sign differently at one position. [SIGNER-7] */
export async function openSharedRecord(
  database: Database,
  instance: string,
  ports: SharedPorts,
): Promise<SharedRecord> {
  const { db } = await database.openSchema<SharedTables>("signer_shared", STEPS);
  return new DatabaseRecord(db, instance, ports);
}

class DatabaseRecord implements SharedRecord {
  readonly #db: Kysely<SharedTables>;
  readonly #instance: string;
  readonly #ports: SharedPorts;
  #held: readonly string[] = [];
  #renewedMs = 0;
  #isLost = false;
  #renewing: { stop(): void } | undefined;

  constructor(db: Kysely<SharedTables>, instance: string, ports: SharedPorts) {
    this.#db = db;
    this.#instance = instance;
    this.#ports = ports;
  }

  async claim(key: string, { position, content }: SignedPosition): Promise<void> {
    const isLater = sql<boolean>`signed.position < ${position} OR (signed.position = ${position} AND signed.content = ${content})`;
    const row = await this.#db
      .insertInto("signed")
      .values({ key, position, content })
      .onConflict((conflict) => conflict.column("key").doUpdateSet({ position, content }).where(isLater))
      .returning("key")
      .executeTakeFirst();
    if (row === undefined) throw signerErrors.SIGNER_REFUSED({ rule: "shared", key, position });
  }

  async hold(keys: readonly string[]): Promise<void> {
    const startedMs = this.#ports.nowMs();
    if ((await this.#renew(keys)) < keys.length) {
      if (this.#held.length === 0) await this.#release();
      throw taken();
    }
    this.#held = keys;
    this.#renewedMs = startedMs;
    // `check` reports failed renewals.
    this.#renewing ??= repeat(this.#ports.scheduler, RENEW_MS, () => this.#renewHeld().catch(() => {}));
  }

  check(): void {
    const isOld = this.#held.length > 0 && this.#ports.nowMs() - this.#renewedMs > HOLD_SECONDS * 1_000;
    if (this.#isLost || isOld) throw taken();
  }

  async close(): Promise<void> {
    this.#renewing?.stop();
    if (!this.#isLost) await this.#release();
  }

  async #renewHeld(): Promise<void> {
    if (this.#isLost) return;
    const startedMs = this.#ports.nowMs();
    if ((await this.#renew(this.#held)) < this.#held.length) this.#isLost = true;
    else this.#renewedMs = startedMs;
  }

  async #renew(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    const instance = this.#instance;
    const renewed = sql<Date>`now()`;
    const isFree = sql<boolean>`holders.instance = ${instance} OR holders.renewed < now() - make_interval(secs => ${HOLD_SECONDS})`;
    const rows = await this.#db
      .insertInto("holders")
      .values(keys.map((key) => ({ key, instance, renewed })))
      .onConflict((conflict) => conflict.column("key").doUpdateSet({ instance, renewed }).where(isFree))
      .returning("key")
      .execute();
    return rows.length;
  }

  async #release(): Promise<void> {
    await this.#db.deleteFrom("holders").where("instance", "=", this.#instance).execute();
  }
}

function taken() {
  return signerErrors.SIGNER_SETUP_INVALID({
    reason: "another instance is using the keys",
    where: "database",
  });
}
