import type { TrellisError } from "@trellis/base";
import type { IsolationLevel, Kysely, Transaction } from "kysely";
import type { EngineCounts, Listening, SqlResult } from "./SqlEngine.ts";

/** One step of a schema's tables. `name` is the place of the database's tables: quote it before each. */
export interface SchemaStep {
  /** Steps run in the order of their names, which never change: `001-customers`. */
  readonly name: string;
  /** SQL statements; `schema` is a name that needs no quotes. They take effect together or not at all. */
  sql(schema: string): string;
}

export interface TransactionOptions {
  /** `read committed` unless given. */
  readonly isolation?: IsolationLevel;
}

/** The tables of one service. Of `Tables`, kysely knows the columns; it finds them in the schema by itself. */
export interface SchemaDatabase<Tables> {
  /** Where the tables are: for statements that kysely does not build. Needs no quotes. */
  readonly schema: string;
  readonly database: Database;
  readonly db: Kysely<Tables>;
  /**
   * All of `work` takes effect or nothing. It is run again, from its beginning, when it met another transaction:
   * it must do nothing but use its transaction.
   * @throws DB_SERIALIZATION_FAILED when it met others again and again
   */
  transaction<T>(
    work: (transaction: Transaction<Tables>) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
}

/** A database: a PostgreSQL server's, or the embedded one. It is opened when it is first used. */
export interface Database {
  readonly kind: "postgres" | "pglite";
  /**
   * Brings a service's tables up to date, one process at a time, and gives them.
   * @throws ARGUMENT_INVALID, DB_SCHEMA_NEWER, DB_MIGRATION_FAILED, DB_CONNECTION_LOST
   */
  openSchema<Tables>(schema: string, steps: readonly SchemaStep[]): Promise<SchemaDatabase<Tables>>;
  /** Statements without parameters, in one session. */
  script(text: string): Promise<SqlResult[]>;
  query(text: string, parameters?: readonly unknown[]): Promise<SqlResult>;
  /** Hears NOTIFY on a channel; `heard` without a payload means: something may have been missed. */
  listen(channel: string, onNotification: (payload: string | undefined) => void): Promise<Listening>;
  counts(): EngineCounts;
  /** Why a statement found no room on the disk, or no memory; undefined from the next `tryRoom` on that finds some. */
  shortage(): TrellisError | undefined;
  /** Writes about a megabyte, which nobody sees and which is gone at once. @throws DB_RESOURCES_EXHAUSTED */
  tryRoom(): Promise<void>;
  close(): Promise<void>;
}
