import type { Log } from "@trellis/base";
import type { Client, CustomTypesConfig, PoolClient, QueryResult } from "pg";
import { dbErrors } from "./errors.ts";
import type { Listening, SqlEngine, SqlResult, SqlSession } from "./SqlEngine.ts";
import { sqlError } from "./sqlError.ts";

interface PgOptions {
  readonly url: string;
  readonly connectionsMax: number;
  readonly statementMsMax: number;
  readonly acquireMsMax: number;
  readonly log: Log;
}

const INT8_OID = 20;
const LISTEN_AGAIN_MS = 1_000;

export async function openPg(options: PgOptions): Promise<SqlEngine> {
  const { default: pg } = await import("pg");
  const { log } = options;
  const types: CustomTypesConfig = {
    getTypeParser: (oid: number, format?: string) =>
      oid === INT8_OID ? BigInt : pg.types.getTypeParser(oid, format === "binary" ? "binary" : "text"),
  };
  const connection = {
    connectionString: options.url,
    application_name: "trellis",
    types,
    keepAlive: true,
    connectionTimeoutMillis: options.acquireMsMax,
  };
  const pool = new pg.Pool({
    ...connection,
    max: options.connectionsMax,
    statement_timeout: options.statementMsMax,
    idleTimeoutMillis: 30_000,
  });
  // The pool replaces the lost session.
  pool.on("error", (error) => log.warn("database.sessionLost", { error }));
  const listenings = new Set<Listening>();

  return {
    kind: "postgres",
    async acquire() {
      try {
        const client = await pool.connect();
        return session(client, () => cancelStatement(new pg.Client(connection), client));
      } catch (error) {
        if (error instanceof Error && /timeout exceeded when trying to connect/.test(error.message)) {
          throw dbErrors.DB_TIMEOUT(
            { reason: "no free connection", connectionsMax: options.connectionsMax },
            error,
          );
        }
        throw sqlError(error);
      }
    },
    async listen(channel, onNotification) {
      const listening = await listenOn(() => new pg.Client(connection), channel, onNotification, log);
      listenings.add(listening);
      return listening;
    },
    counts: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    async close() {
      for (const listening of listenings) await listening.close();
      await pool.end();
    },
  };
}

/** Uses a separate connection, because the pool may be exhausted. */
async function cancelStatement(canceller: Client, client: PoolClient): Promise<void> {
  const { processID } = client as PoolClient & { readonly processID: number };
  canceller.on("error", () => {});
  try {
    await canceller.connect();
    await canceller.query("SELECT pg_cancel_backend($1)", [processID]);
  } catch {
  } finally {
    await canceller.end();
  }
}

function session(client: PoolClient, cancelRunning: () => Promise<void>): SqlSession {
  let broken: Error | undefined;
  let isCancelled = false;
  const breaks = (error: Error): void => {
    broken = error;
  };
  client.on("error", breaks);
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await question();
    } catch (error) {
      const known = sqlError(error);
      if (known.code === "DB_CONNECTION_LOST") broken = known;
      throw known;
    }
  };
  return {
    query: (text, parameters) => ask(async () => result(await client.query(text, [...parameters]))),
    script: (text) =>
      ask(async () => {
        const answered: unknown = await client.query(text);
        return (Array.isArray(answered) ? answered : [answered]).map(result);
      }),
    async cancel() {
      isCancelled = true;
      await cancelRunning();
    },
    release() {
      client.off("error", breaks);
      client.release(broken ?? isCancelled);
    },
  };
}

function result({ rows, rowCount }: QueryResult<Record<string, unknown>>): SqlResult {
  return { rows, affected: rowCount === null ? undefined : BigInt(rowCount) };
}

type ListenClient = InstanceType<typeof import("pg")["default"]["Client"]>;

async function listenOn(
  createClient: () => ListenClient,
  channel: string,
  onNotification: (payload: string | undefined) => void,
  log: Log,
): Promise<Listening> {
  let client: ListenClient | undefined;
  let again: NodeJS.Timeout | undefined;
  let isClosed = false;

  const begin = async (): Promise<void> => {
    const mine = createClient();
    mine.on("error", () => {});
    mine.on("notification", ({ payload }) => onNotification(payload ?? ""));
    await mine.connect();
    await mine.query(`LISTEN "${channel}"`);
    mine.on("end", lost);
    client = mine;
    if (isClosed) await mine.end();
    else onNotification(undefined);
  };
  const lost = (): void => {
    if (isClosed) return;
    again = setTimeout(() => {
      begin().catch((error: unknown) => {
        log.warn("database.listenFailed", { channel, reason: String(error) });
        lost();
      });
    }, LISTEN_AGAIN_MS);
    again.unref();
  };

  try {
    await begin();
  } catch (error) {
    throw sqlError(error);
  }
  return {
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearTimeout(again);
      await client?.end();
    },
  };
}
