import { resolve } from "node:path";
import type { Tracing } from "@trellis/base";
import { baseErrors, type Clock, type Log, type Metrics, type Random, type Scheduler } from "@trellis/base";
import { Kysely } from "kysely";
import { platformErrors } from "../errors.ts";
import type { Database, SchemaDatabase, SchemaStep } from "./Database.ts";
import { engineDialect } from "./engineDialect.ts";
import { LazyEngine } from "./LazyEngine.ts";
import { measureEngine } from "./measureEngine.ts";
import { migrateSchema } from "./migrateSchema.ts";
import { PgHosts } from "./PgHosts.ts";
import { requireCompatible } from "./requireCompatible.ts";
import { runTransaction } from "./runTransaction.ts";
import type { SqlEngine, SqlResult, SqlSession } from "./SqlEngine.ts";
import { withAbort } from "./withAbort.ts";

export interface DatabaseOptions {
  /** `postgres://…` (hosts: see `PgHosts`), `pglite:DIRECTORY`, or `pglite:` in memory. */
  readonly url: string;
  /** PostgreSQL only. */
  readonly connectionsMax?: number;
  /** PostgreSQL only. 0: no limit. */
  readonly statementMsMax?: number;
  readonly acquireMsMax?: number;
}

export interface DatabasePorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly tracing?: Tracing | undefined;
}

const PGLITE_URL = /^pglite:/;
/** Tests disk space with a new table, because a row could fit into existing pages. */
const ROOM =
  "BEGIN; CREATE TEMP TABLE trellis_room ON COMMIT DROP AS SELECT generate_series(1, 32768); COMMIT;";
const NAME = /^[a-z][a-z0-9_]{0,47}$/;

/** @throws CONFIG_INVALID_VALUE */
export function openDatabase(options: DatabaseOptions, ports: DatabasePorts): Database {
  const kind = kindOf(options.url);
  const engine = new LazyEngine(() => openEngine(options, ports));
  const kysely = new Kysely<unknown>({ dialect: engineDialect(() => engine.started()) });
  const database: Database = {
    kind,
    async openSchema<Tables>(schema: string, steps: readonly SchemaStep[]) {
      requireName(schema);
      requireCompatible(schema, steps);
      await migrateSchema(kysely, schema, steps);
      const db = kysely.withSchema(schema) as Kysely<Tables>;
      const opened: SchemaDatabase<Tables> = {
        schema,
        database,
        db,
        transaction: (work, transaction = {}) => runTransaction(db, schema, work, transaction, ports),
      };
      return opened;
    },
    script: (text) => engine.withSession((session) => runScript(session, text)),
    query: (text, parameters = []) => engine.withSession((session) => session.query(text, parameters)),
    async listen(channel, onNotification) {
      requireName(channel);
      return (await engine.started()).listen(channel, onNotification);
    },
    shortage: () => engine.shortage,
    async tryRoom() {
      engine.shortage = undefined;
      await database.script(ROOM);
    },
    counts: () => engine.counts(),
    close: () => engine.close(),
  };
  return database;
}

function requireName(name: string): void {
  if (NAME.test(name)) return;
  const rule = "a database name is up to 48 lower-case letters, digits and underscores, a letter first";
  throw baseErrors.ARGUMENT_INVALID({ rule, name: name.slice(0, 80) });
}

/** A failed script may leave a transaction open. */
async function runScript(session: SqlSession, text: string): Promise<SqlResult[]> {
  try {
    return await session.script(text);
  } catch (error) {
    await session.script("ROLLBACK").catch(() => {});
    throw error;
  }
}

function kindOf(url: string): Database["kind"] {
  if (PgHosts.parse(url) !== undefined) return "postgres";
  if (PGLITE_URL.test(url)) return "pglite";
  // The URL may contain a password.
  throw platformErrors.CONFIG_INVALID_VALUE({
    reason: "not a database address",
    expected: "postgres://USER@HOST[,HOST]/NAME, pglite:PATH for the embedded database, or pglite: in memory",
    scheme: /^[a-z]{1,12}(?=:)/.exec(url)?.[0],
  });
}

async function openEngine(options: DatabaseOptions, ports: DatabasePorts): Promise<SqlEngine> {
  const { url, connectionsMax = 10, statementMsMax = 60_000, acquireMsMax = 30_000 } = options;
  const { log } = ports;
  const hosts = PgHosts.parse(url);
  if (hosts !== undefined) {
    const { openPg } = await import("./pgEngine.ts");
    const engine = await openPg({ hosts, connectionsMax, statementMsMax, acquireMsMax, log });
    return withAbort(measureEngine(engine, ports));
  }
  const { openPglite } = await import("./pgliteEngine.ts");
  const path = url.replace(PGLITE_URL, "");
  const directory = path === "" ? undefined : resolve(path);
  const engine = await openPglite({ directory, acquireMsMax, scheduler: ports.scheduler });
  return withAbort(measureEngine(engine, ports));
}
