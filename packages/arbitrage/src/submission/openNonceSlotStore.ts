import { isTrellisError } from "@trellis/base";
import type { Database, SchemaDatabase } from "@trellis/platform/db";
import { type Kysely, sql, type Transaction } from "kysely";
import { submissionErrors } from "./errors.ts";
import type {
  NonceSlot,
  NonceSlotAttempt,
  NonceSlotChange,
  NonceSlotInclusion,
  SubmissionJob,
} from "./NonceSlot.ts";
import type { NonceSlotStore } from "./NonceSlotStore.ts";
import { SUBMISSION_STEPS, type SubmissionTables } from "./schema.ts";

const SCHEMA = "arbitrage_submission";

/** @param wallet chain and address */
export async function openNonceSlotStore(
  database: Database,
  wallet: string,
  schema = SCHEMA,
): Promise<NonceSlotStore> {
  const tables = await database.openSchema<SubmissionTables>(schema, SUBMISSION_STEPS);
  const slots = () => tables.db.selectFrom("slots").selectAll().where("wallet", "=", wallet);
  return {
    open: async () => (await slots().where("state", "<>", "final").orderBy("nonce").execute()).map(rowToSlot),
    async last() {
      const row = await slots().orderBy("nonce", "desc").limit(1).executeTakeFirst();
      return row && rowToSlot(row);
    },
    async find(nonce) {
      const row = await slots().where("nonce", "=", BigInt(nonce)).executeTakeFirst();
      return row && rowToSlot(row);
    },
    async findJob(jobId) {
      const row = await slots()
        .where("nonce", "=", (build) =>
          build
            .selectFrom("slot_jobs")
            .select("nonce")
            .where("wallet", "=", wallet)
            .where("job_id", "=", jobId),
        )
        .executeTakeFirst();
      return row && rowToSlot(row);
    },
    add: (nonce, attempt) => insertSlot(tables, wallet, nonce, attempt),
    change: (slot, change) => changeSlot(tables, wallet, slot, change),
  };
}

export async function walletsOfJournal(
  database: Database,
  chainId: number,
  schema = SCHEMA,
): Promise<readonly string[]> {
  const { db } = await database.openSchema<SubmissionTables>(schema, SUBMISSION_STEPS);
  const rows = await db
    .selectFrom("slots")
    .select("wallet")
    .distinct()
    .where("wallet", "like", `${chainId}/%`)
    .execute();
  return rows.map(({ wallet }) => wallet);
}

async function insertSlot(
  { db, schema }: SchemaDatabase<SubmissionTables>,
  wallet: string,
  nonce: number,
  attempt: NonceSlotAttempt,
): Promise<NonceSlot | undefined> {
  const table = (name: keyof SubmissionTables) => sql.table(`${schema}.${name}`);
  const job = attempt.job?.id ?? null;
  try {
    const { rows } = await sql<SubmissionTables["slots"]>`
      WITH taken AS (
        INSERT INTO ${table("slot_jobs")} (wallet, job_id, nonce)
        SELECT ${wallet}, ${job}::text, ${nonce}::bigint WHERE ${job}::text IS NOT NULL)
      INSERT INTO ${table("slots")} (wallet, nonce, state, version, attempts)
      VALUES (${wallet}, ${nonce}::bigint, 'sent', 0, ${toJson([attempt])}) RETURNING *`.execute(db);
    return rows[0] && rowToSlot(rows[0]);
  } catch (error) {
    if (isTrellisError(error, "DB_UNIQUE_VIOLATED")) return undefined;
    throw error;
  }
}

async function changeSlot(
  tables: SchemaDatabase<SubmissionTables>,
  wallet: string,
  slot: NonceSlot,
  change: NonceSlotChange,
): Promise<NonceSlot | undefined> {
  const { nonce } = slot;
  if (slot.state === "final") throw submissionErrors.SLOT_SETTLED({ nonce });
  const known = new Set(slot.attempts.map(({ hash }) => hash));
  const further = change.attempts.filter(({ hash }) => !known.has(hash));
  if (further.length === 0) return updateSlot(tables.db, wallet, slot, change);
  try {
    return await tables.transaction(async (transaction) => {
      const changed = await updateSlot(transaction, wallet, slot, change);
      if (changed === undefined) throw submissionErrors.SLOT_CONFLICT({ nonce });
      await takeJobs(transaction, wallet, nonce, further);
      return changed;
    });
  } catch (error) {
    if (isTrellisError(error, "SLOT_CONFLICT")) return undefined;
    throw error;
  }
}

async function updateSlot(
  db: Kysely<SubmissionTables>,
  wallet: string,
  { nonce, version }: NonceSlot,
  { state, attempts, inclusion }: NonceSlotChange,
): Promise<NonceSlot | undefined> {
  const row = await db
    .updateTable("slots")
    .set({
      state,
      version: BigInt(version + 1),
      attempts: toJson(attempts),
      inclusion: inclusion === undefined ? null : toJson(inclusion),
    })
    .where("wallet", "=", wallet)
    .where("nonce", "=", BigInt(nonce))
    .where("version", "=", BigInt(version))
    .returningAll()
    .executeTakeFirst();
  return row && rowToSlot(row);
}

/** @throws SLOT_CONFLICT: a job keeps its first nonce */
async function takeJobs(
  transaction: Transaction<SubmissionTables>,
  wallet: string,
  nonce: number,
  attempts: readonly NonceSlotAttempt[],
): Promise<void> {
  const ids = new Set(attempts.flatMap(({ job }) => (job === undefined ? [] : [job.id])));
  for (const job_id of ids) {
    const taken = await transaction
      .insertInto("slot_jobs")
      .values({ wallet, job_id, nonce: BigInt(nonce) })
      .onConflict((conflict) => conflict.columns(["wallet", "job_id"]).doNothing())
      .returningAll()
      .executeTakeFirst();
    if (taken !== undefined) continue;
    const known = await transaction
      .selectFrom("slot_jobs")
      .select("nonce")
      .where("wallet", "=", wallet)
      .where("job_id", "=", job_id)
      .executeTakeFirst();
    if (known?.nonce !== BigInt(nonce)) throw submissionErrors.SLOT_CONFLICT({ nonce });
  }
}

type Written<T> = { readonly [K in keyof T]: T[K] extends bigint | undefined ? string : T[K] };
type WrittenJob = Written<SubmissionJob>;
type WrittenAttempt = Written<Omit<NonceSlotAttempt, "job">> & { readonly job?: WrittenJob };

function rowToSlot({ nonce, state, version, attempts, inclusion }: SubmissionTables["slots"]): NonceSlot {
  return {
    nonce: Number(nonce),
    state,
    version: Number(version),
    attempts: readAttempts(JSON.parse(attempts) as [WrittenAttempt, ...WrittenAttempt[]]),
    inclusion:
      inclusion === null ? undefined : readInclusion(JSON.parse(inclusion) as Written<NonceSlotInclusion>),
  };
}

function readAttempts([first, ...rest]: [WrittenAttempt, ...WrittenAttempt[]]): NonceSlot["attempts"] {
  return [readAttempt(first), ...rest.map(readAttempt)];
}

function readAttempt({ job, ...attempt }: WrittenAttempt): NonceSlotAttempt {
  return {
    ...attempt,
    gasLimit: BigInt(attempt.gasLimit),
    maxFeeWei: BigInt(attempt.maxFeeWei),
    maxTipWei: BigInt(attempt.maxTipWei),
    job: job && readJob(job),
  };
}

function readJob({ id, call, gasLimit, lastBlock, anchor, tipWei, feeLimitWei }: WrittenJob): SubmissionJob {
  return {
    id,
    call,
    gasLimit: BigInt(gasLimit),
    lastBlock,
    ...(anchor !== undefined && { anchor }),
    ...(tipWei !== undefined && { tipWei: BigInt(tipWei) }),
    ...(feeLimitWei !== undefined && { feeLimitWei: BigInt(feeLimitWei) }),
  };
}

function readInclusion({
  gasUsed,
  gasPriceWei,
  l1FeeWei,
  ...inclusion
}: Written<NonceSlotInclusion>): NonceSlotInclusion {
  return {
    ...inclusion,
    gasUsed: BigInt(gasUsed),
    ...(gasPriceWei !== undefined && { gasPriceWei: BigInt(gasPriceWei) }),
    ...(l1FeeWei !== undefined && { l1FeeWei: BigInt(l1FeeWei) }),
  };
}

function toJson(value: object): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
}
