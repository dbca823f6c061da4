import { mkdir } from "node:fs/promises";
import type { PGlite } from "@electric-sql/pglite";
import { dbErrors } from "./errors.ts";
import type { SqlEngine, SqlResult, SqlSession } from "./SqlEngine.ts";
import { sqlError } from "./sqlError.ts";

export interface PgliteOptions {
  /** Where data are; undefined keeps them in memory. */
  readonly directory: string | undefined;
  readonly acquireMsMax: number;
}

const INT8_OID = 20;

/**
 * PostgreSQL compiled to WebAssembly, in this process. It has one session, which users hold in turn; a statement
 * cannot be interrupted, so that no statement timeout applies.
 */
export async function openPglite(options: PgliteOptions): Promise<SqlEngine> {
  const { PGlite } = await import("@electric-sql/pglite");
  if (options.directory !== undefined) await mkdir(options.directory, { recursive: true });
  const parsers = { [INT8_OID]: BigInt };
  const dataDir = options.directory;
  const database = await PGlite.create(dataDir === undefined ? { parsers } : { dataDir, parsers });
  await database.exec("SET timezone TO 'UTC'");
  const turns = createTurns(options.acquireMsMax);

  return {
    kind: "pglite",
    async acquire() {
      return session(database, await turns.take());
    },
    async listen(channel, heard) {
      // PGlite calls listeners inside the statement that notifies; they run after it here, as with a server.
      const leave = await database.listen(`"${channel}"`, (payload) => void setImmediate(heard, payload));
      heard(undefined);
      return { close: () => leave() };
    },
    counts: () => ({ open: 1, idle: turns.isTaken() ? 0 : 1, waiting: turns.waitingCount() }),
    async close() {
      const giveBack = await turns.take();
      await database.close();
      giveBack();
    },
  };
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

/** One holder at a time, in the order of asking. */
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
          reject(dbErrors.DB_POOL_EXHAUSTED({ connectionsMax: 1 }));
        }, waitMsMax);
        waiting.push(mine);
      });
      return giveBackOnce();
    },
  };
}
