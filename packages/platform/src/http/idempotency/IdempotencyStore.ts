/** Who used which key, for what. */
export interface IdempotentRequest {
  /** Of the principal: keys of others never meet. */
  readonly owner: string;
  readonly key: string;
  /** SHA-256 of method, target and body, hexadecimal. */
  readonly fingerprint: string;
}

/** An answer as it was given. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type Beginning =
  /** It is the caller's to do. */
  | { readonly kind: "begun" }
  | { readonly kind: "running" }
  | { readonly kind: "answered"; readonly answer: StoredAnswer }
  /** The key belongs to another request. */
  | { readonly kind: "reused" };

/** Answers by idempotency key; in the database, so that all workers share it. */
export interface IdempotencyStore {
  /**
   * Takes the key until `leaseUntilMs` unless someone has it: of concurrent calls exactly one begins. A lease that
   * has passed without an answer may be begun again, since who held it has crashed.
   */
  begin(request: IdempotentRequest, nowMs: number, leaseUntilMs: number): Promise<Beginning>;
  finish(request: IdempotentRequest, answer: StoredAnswer, keepUntilMs: number): Promise<void>;
  /** Gives the key back: the request failed in a way that another try may not. */
  abandon(request: IdempotentRequest): Promise<void>;
}
