export interface SqlResult {
  readonly rows: Record<string, unknown>[];
  readonly affected: bigint | undefined;
}

/** Exclusive connection. 64-bit integers are bigint; numeric values are text. */
export interface SqlSession {
  query(text: string, parameters: readonly unknown[]): Promise<SqlResult>;
  script(text: string): Promise<SqlResult[]>;
  /** Afterwards, the session must not be reused. */
  cancel?(): Promise<void>;
  release(): void;
}

export interface Listening {
  close(): Promise<void>;
}

export interface SqlEngine {
  readonly kind: "postgres" | "pglite";
  acquire(): Promise<SqlSession>;
  /** Called without a payload when listening starts or restarts. */
  listen(channel: string, onNotification: (payload: string | undefined) => void): Promise<Listening>;
  counts(): EngineCounts;
  close(): Promise<void>;
}

export interface EngineCounts {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}
