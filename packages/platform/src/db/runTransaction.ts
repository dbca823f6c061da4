import { isTrellisError, type Log, type Random, type Scheduler } from "@trellis/base";
import type { Kysely, Transaction } from "kysely";
import type { TransactionOptions } from "./Database.ts";

const ATTEMPTS_MAX = 8;
/** Pause before the first retry. Doubles each time; jitter at most halves it. */
const PAUSE_MS = 5;

interface TransactionPorts {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
}

export async function runTransaction<Tables, T>(
  db: Kysely<Tables>,
  schema: string,
  work: (transaction: Transaction<Tables>) => Promise<T>,
  options: TransactionOptions,
  { scheduler, random, log }: TransactionPorts,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db
        .transaction()
        .setIsolationLevel(options.isolation ?? "read committed")
        .execute(work);
    } catch (error) {
      if (!isTrellisError(error, "DB_SERIALIZATION_FAILED") || attempt >= ATTEMPTS_MAX) throw error;
      log.debug("database.transactionRetried", { schema, attempt });
      const chance = random.bytes(1)[0]! / 255;
      const pauseMs = PAUSE_MS * 2 ** (attempt - 1) * (0.5 + chance / 2);
      await new Promise<void>((resolve) => scheduler.after(pauseMs, resolve));
    }
  }
}
