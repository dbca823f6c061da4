import type { Log } from "@trellis/base";
import type { Client, ClientBase, ClientConfig, CustomTypesConfig, Pool, PoolClient, QueryResult } from "pg";
import { dbErrors } from "./errors.ts";
import type { PgHosts } from "./PgHosts.ts";
import type { Listening, SqlEngine, SqlResult, SqlSession } from "./SqlEngine.ts";
import { sqlError } from "./sqlError.ts";

interface PgOptions {
  readonly hosts: PgHosts;
  readonly connectionsMax: number;
  readonly statementMsMax: number;
  readonly acquireMsMax: number;
  readonly log: Log;
}

const INT8_OID = 20;
const LISTEN_AGAIN_MS = 1_000;

export async function openPg(options: PgOptions): Promise<SqlEngine> {
  const { default: pg } = await import("pg");
  const { log, hosts } = options;
  const types: CustomTypesConfig = {
    getTypeParser: (oid: number, format?: string) =>
      oid === INT8_OID ? BigInt : pg.types.getTypeParser(oid, format === "binary" ? "binary" : "text"),
  };
  const connection = {
    application_name: "trellis",
    types,
    keepAlive: true,
    connectionTimeoutMillis: Math.ceil(options.acquireMsMax / hosts.count),
  };
  class HostClient extends pg.Client {
    readonly url = hosts.url;

    constructor(config: ClientConfig = {}) {
      super({ ...config, connectionString: hosts.url });
    }
  }
  const createClient = (): HostClient => new HostClient(connection);
  const pool = new pg.Pool({
    ...connection,
    Client: HostClient,
    ...(hosts.arePrimary && {
      verify: (client: PoolClient, done: (error?: Error) => void) =>
        void requirePrimary(client).then(() => done(), done),
    }),
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
      const client = await onAnyHost(hosts, () => connected(pool, options.connectionsMax));
      const { url } = client as PoolClient & HostClient;
      const ofSameHost = (): Client => new pg.Client({ ...connection, connectionString: url });
      return session(client, () => cancelStatement(ofSameHost(), client));
    },
    async listen(channel, onNotification) {
      const start = () => onAnyHost(hosts, () => listeningClient(createClient(), hosts));
      const listening = await listenOn(start, channel, onNotification, log);
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

async function onAnyHost<T>(hosts: PgHosts, connect: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { url } = hosts;
    try {
      return await connect();
    } catch (error) {
      const known = sqlError(error);
      if (known.code !== "DB_CONNECTION_LOST") throw known;
      hosts.failed(url);
      if (attempt >= hosts.count) throw known;
    }
  }
}

async function connected(pool: Pool, connectionsMax: number): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    if (error instanceof Error && /timeout exceeded when trying to connect/.test(error.message))
      throw dbErrors.DB_TIMEOUT({ reason: "no free connection", connectionsMax }, error);
    throw error;
  }
}

async function requirePrimary(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ readonly isStandby: boolean }>(
    'SELECT pg_is_in_recovery() AS "isStandby"',
  );
  if (rows[0]?.isStandby !== false) throw dbErrors.DB_CONNECTION_LOST({ reason: "the server is a standby" });
}

async function listeningClient<C extends Client>(client: C, hosts: PgHosts): Promise<C> {
  client.on("error", () => {});
  try {
    await client.connect();
    if (hosts.arePrimary) await requirePrimary(client);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
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

async function listenOn(
  connect: () => Promise<Client>,
  channel: string,
  onNotification: (payload: string | undefined) => void,
  log: Log,
): Promise<Listening> {
  let client: Client | undefined;
  let again: NodeJS.Timeout | undefined;
  let isClosed = false;

  const begin = async (): Promise<void> => {
    const mine = await connect();
    mine.on("notification", ({ payload }) => onNotification(payload ?? ""));
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
