/** What somebody did, or tried to do. */
export interface AuditEvent {
  /** The principal: `user:…`, `key:…`, `service:…`, `system`. */
  readonly actor: string;
  /** What was done: `apiKey.create`, `snapshot.freeze`. */
  readonly action: string;
  /** What it was done to: `customer:alice`. */
  readonly subject: string;
  readonly outcome: "done" | "refused" | "failed";
  /** Finds the request in logs and traces. */
  readonly correlationId: string;
  /** Flat and printable, never secrets; personal data only as identifiers that can be erased elsewhere. */
  readonly facts: Readonly<Record<string, string>>;
}

/** An event in its place. Nothing of it can be changed without changing all hashes after it. */
export interface AuditEntry extends AuditEvent {
  /** 0, 1, 2, … without gaps. */
  readonly sequence: number;
  readonly timeMs: number;
  /** Of the entry before; 32 zero bytes at the beginning. */
  readonly previousHash: Uint8Array;
  /** SHA-256 of everything above. 32 bytes */
  readonly hash: Uint8Array;
}

/** The end of the log: what is anchored elsewhere, and proves all that came before. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: Uint8Array;
}

export interface AuditStore {
  head(): Promise<AuditHead | undefined>;
  /** Appends what `next` makes of the head. Those who append take turns, over all processes. */
  append(next: (head: AuditHead | undefined) => AuditEntry): Promise<AuditEntry>;
  /** In the order of their sequence, from this one on. */
  read(fromSequence: number, limit: number): Promise<readonly AuditEntry[]>;
}
