import type { TrellisError } from "@trellis/base";
import type { IsolationLevel, Kysely, Transaction } from "kysely";
import type { EngineCounts, Listening, SqlResult } from "./SqlEngine.ts";

export interface SchemaStep {
  /** Steps run in the order of their names. Names must never change. */
  readonly name: string;
  /** The schema name needs no quotes. */
  sql(schema: string): string;
  /** Release with the replacement of what a step named `…-contract` drops; see `requireCompatible`. */
  readonly replacedIn?: string;
}

export interface TransactionOptions {
  readonly isolation?: IsolationLevel;
}

export interface SchemaDatabase<Tables> {
  readonly schema: string;
  readonly database: Database;
  readonly db: Kysely<Tables>;
  /** Repeats `work` on conflicts, so `work` must have no other effects. @throws DB_SERIALIZATION_FAILED */
  transaction<T>(
    work: (transaction: Transaction<Tables>) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
}

/** Opens on first use. */
export interface Database {
  readonly kind: "postgres" | "pglite";
  /** One process migrates at a time. @throws ARGUMENT_INVALID, DB_MIGRATION_FAILED, DB_CONNECTION_LOST */
  openSchema<Tables>(schema: string, steps: readonly SchemaStep[]): Promise<SchemaDatabase<Tables>>;
  script(text: string): Promise<SqlResult[]>;
  query(text: string, parameters?: readonly unknown[]): Promise<SqlResult>;
  /** If `payload` is undefined, notifications may have been missed. */
  listen(channel: string, onNotification: (payload: string | undefined) => void): Promise<Listening>;
  counts(): EngineCounts;
  /** Set when a statement runs out of disk or memory, until `tryRoom` succeeds. */
  shortage(): TrellisError | undefined;
  /** @throws DB_RESOURCES_EXHAUSTED */
  tryRoom(): Promise<void>;
  close(): Promise<void>;
}
