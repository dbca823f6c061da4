export interface IdempotentRequest {
  /** The principal, because different principals may choose equal keys. */
  readonly owner: string;
  readonly key: string;
  /** SHA-256 of method, target and body, hexadecimal. */
  readonly fingerprint: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type Beginning =
  | { readonly kind: "begun" }
  | { readonly kind: "running" }
  | { readonly kind: "answered"; readonly answer: StoredAnswer }
  | { readonly kind: "reused" };

export interface IdempotencyStore {
  /** Only one of several concurrent calls begins. */
  begin(request: IdempotentRequest, nowMs: number, leaseUntilMs: number): Promise<Beginning>;
  finish(request: IdempotentRequest, answer: StoredAnswer, keepUntilMs: number): Promise<void>;
  abandon(request: IdempotentRequest): Promise<void>;
}
