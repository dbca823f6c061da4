export interface AuditEvent {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: "done" | "refused" | "failed";
  readonly correlationId: string;
  /** Contains no secrets. Refers to personal data by id, so that the data can be erased. */
  readonly facts: Readonly<Record<string, string>>;
}

export interface AuditEntry extends AuditEvent {
  /** Starts at 0, without gaps. */
  readonly sequence: number;
  readonly timeMs: number;
  readonly previousHash: Uint8Array;
  readonly hash: Uint8Array;
}

export interface AuditHead {
  readonly sequence: number;
  readonly hash: Uint8Array;
}

export interface AuditStore {
  head(): Promise<AuditHead | undefined>;
  /** Serialized across all processes. */
  append(next: (head: AuditHead | undefined) => AuditEntry): Promise<AuditEntry>;
  read(fromSequence: number, limit: number): Promise<readonly AuditEntry[]>;
}
