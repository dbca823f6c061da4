import { statfs } from "node:fs/promises";
import type { PGlite } from "@electric-sql/pglite";
import type { Scheduler, Timer } from "@trellis/base";
import { dbErrors } from "./errors.ts";
import { isDiskFull } from "./isDiskFull.ts";
import { makePrivate } from "./makePrivate.ts";
import type { SqlEngine, SqlResult, SqlSession } from "./SqlEngine.ts";
import { sqlError } from "./sqlError.ts";

interface PgliteOptions {
  readonly directory: string | undefined;
  readonly acquireMsMax: number;
  readonly scheduler: Scheduler;
}

const INT8_OID = 20;
/** Startup needs one write-ahead log segment. */
const START_BYTES = 16 << 20;
/** PGlite would never release the default of 128 MB. */
const SHARED_BUFFERS = "16MB";
/** Write-ahead log kept for log backups. */
const LOG_KEPT = "64MB";
/** Bytes. PGlite has no background process that limits the log. */
const LOG_MAX = 64 << 20;
const CHECKPOINT_EVERY_MS = 60_000;
const LOG_SIZE =
  "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::int8 AS bytes FROM pg_control_checkpoint()";

/** PostgreSQL in WebAssembly: one session, no statement timeout. */
export async function openPglite(options: PgliteOptions): Promise<SqlEngine> {
  const database = await startPglite(options.directory);
  const turns = createTurns(options.acquireMsMax);
  const checkpoints = limitLog(database, turns, options.scheduler);

  return {
    kind: "pglite",
    async acquire() {
      return session(database, await turns.take());
    },
    async listen(channel, onNotification) {
      // PGlite calls listeners inside the notifying statement; PostgreSQL defers the calls.
      const leave = await database.listen(
        `"${channel}"`,
        (payload) => void setImmediate(onNotification, payload),
      );
      onNotification(undefined);
      return { close: () => leave() };
    },
    counts: () => ({ open: 1, idle: turns.isTaken() ? 0 : 1, waiting: turns.waitingCount() }),
    async close() {
      checkpoints.stop();
      const giveBack = await turns.take();
      await database.close();
      giveBack();
    },
  };
}

async function startPglite(dataDir: string | undefined): Promise<PGlite> {
  const { PGlite } = await import("@electric-sql/pglite");
  const parsers = { [INT8_OID]: BigInt };
  const settings = { shared_buffers: SHARED_BUFFERS, wal_keep_size: LOG_KEPT };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const startParams = [...PGlite.defaultStartParams, ...flags];
  const options = { parsers, startParams };
  try {
    if (dataDir !== undefined) await makePrivate(dataDir);
    const database = await PGlite.create(dataDir === undefined ? options : { ...options, dataDir });
    await database.exec("SET timezone TO 'UTC'");
    return database;
  } catch (error) {
    const freeBytes = dataDir === undefined ? undefined : await freeBytesAt(dataDir);
    // PGlite often fails without a reason.
    const isFull = isDiskFull(error) || (freeBytes !== undefined && freeBytes < START_BYTES);
    throw isFull ? dbErrors.DB_RESOURCES_EXHAUSTED({ directory: dataDir, freeBytes }, error) : error;
  }
}

/** Checkpoints when the log exceeds LOG_MAX. Retries failed checkpoints. */
function limitLog(
  database: PGlite,
  turns: ReturnType<typeof createTurns>,
  scheduler: Scheduler,
): { stop(): void } {
  let timer: Timer | undefined;
  const check = async (): Promise<void> => {
    const giveBack = await turns.take();
    try {
      const { rows } = await database.query<{ bytes: bigint }>(LOG_SIZE);
      if (rows[0]!.bytes > LOG_MAX) await database.exec("CHECKPOINT");
    } finally {
      giveBack();
    }
  };
  const plan = (): void => {
    timer = scheduler.after(CHECKPOINT_EVERY_MS, () => {
      plan();
      void check().catch(() => {});
    });
  };
  plan();
  return { stop: () => timer?.cancel() };
}

async function freeBytesAt(directory: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function session(database: PGlite, giveBack: () => void): SqlSession {
  return {
    async query(text, parameters) {
      try {
        return result(await database.query<Record<string, unknown>>(text, [...parameters]));
      } catch (error) {
        throw sqlError(error);
      }
    },
    async script(text) {
      try {
        const results = await database.exec(text);
        return results.map((one) => result(one as Parameters<typeof result>[0]));
      } catch (error) {
        throw sqlError(error);
      }
    },
    release: giveBack,
  };
}

function result(one: { rows: Record<string, unknown>[]; affectedRows?: number }): SqlResult {
  return {
    rows: one.rows,
    affected: one.affectedRows === undefined ? undefined : BigInt(one.affectedRows),
  };
}

function createTurns(waitMsMax: number) {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  const giveBackOnce = (): (() => void) => {
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      const next = waiting.shift();
      if (next === undefined) isTaken = false;
      else next();
    };
  };
  return {
    isTaken: () => isTaken,
    waitingCount: () => waiting.length,
    async take(): Promise<() => void> {
      if (!isTaken) {
        isTaken = true;
        return giveBackOnce();
      }
      await new Promise<void>((resolve, reject) => {
        const mine = (): void => {
          clearTimeout(deadline);
          resolve();
        };
        const deadline = setTimeout(() => {
          waiting.splice(waiting.indexOf(mine), 1);
          reject(dbErrors.DB_TIMEOUT({ reason: "no free connection", connectionsMax: 1 }));
        }, waitMsMax);
        waiting.push(mine);
      });
      return giveBackOnce();
    },
  };
}
