import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type { SqlEngine, SqlSession } from "./SqlEngine.ts";

export function engineDialect(engine: () => Promise<SqlEngine>): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(engine),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

interface EngineConnection extends DatabaseConnection {
  release(): void;
}

function createDriver(engine: () => Promise<SqlEngine>): Driver {
  const say = async (connection: DatabaseConnection, text: string): Promise<void> => {
    await connection.executeQuery(CompiledQuery.raw(text));
  };
  return {
    init: async () => {},
    acquireConnection: async () => connect(await (await engine()).acquire()),
    beginTransaction: (connection, settings) => say(connection, beginning(settings)),
    commitTransaction: (connection) => say(connection, "COMMIT"),
    rollbackTransaction: (connection) => say(connection, "ROLLBACK"),
    releaseConnection: async (connection) => (connection as EngineConnection).release(),
    // The engine is closed by its creator.
    destroy: async () => {},
  };
}

function beginning({ isolationLevel, accessMode }: TransactionSettings): string {
  const level = isolationLevel === undefined ? "" : ` ISOLATION LEVEL ${isolationLevel.toUpperCase()}`;
  const mode = accessMode === undefined ? "" : ` ${accessMode.toUpperCase()}`;
  return `BEGIN${level}${mode}`;
}

function connect(session: SqlSession): EngineConnection {
  return {
    async executeQuery<R>(compiled: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, affected } = await session.query(compiled.sql, compiled.parameters);
      return affected === undefined
        ? { rows: rows as R[] }
        : { rows: rows as R[], numAffectedRows: affected };
    },
    // No cursors: long results must be read in pages.
    async *streamQuery<R>(compiled: CompiledQuery): AsyncGenerator<QueryResult<R>> {
      const { rows } = await session.query(compiled.sql, compiled.parameters);
      yield { rows: rows as R[] };
    },
    release: () => session.release(),
  };
}
