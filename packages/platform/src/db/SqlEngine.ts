/** What one statement gave. */
export interface SqlResult {
  readonly rows: Record<string, unknown>[];
  /** Rows written or deleted, where the statement does either. */
  readonly affected: bigint | undefined;
}

/** A connection that one user holds at a time. 64-bit integers come as bigint, numeric as text. */
export interface SqlSession {
  /** One statement with its parameters `$1`, `$2` … */
  query(text: string, parameters: readonly unknown[]): Promise<SqlResult>;
  /** Any number of statements without parameters. */
  script(text: string): Promise<SqlResult[]>;
  /** Asks that the statement which runs ends with an error; the session is not used again. Where it can be done. */
  cancel?(): Promise<void>;
  release(): void;
}

export interface Listening {
  close(): Promise<void>;
}

/** Where sessions come from: a pool of PostgreSQL's, or the embedded database's only one. */
export interface SqlEngine {
  readonly kind: "postgres" | "pglite";
  acquire(): Promise<SqlSession>;
  /**
   * Hears NOTIFY on a channel. `heard` is also called, without a payload, whenever the engine began to listen
   * (again): what was notified before it was not heard.
   */
  listen(channel: string, onNotification: (payload: string | undefined) => void): Promise<Listening>;
  counts(): EngineCounts;
  close(): Promise<void>;
}

/** Sessions now. */
export interface EngineCounts {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}
