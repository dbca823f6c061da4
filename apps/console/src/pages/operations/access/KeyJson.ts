export interface KeyJson {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly customerId: string | null;
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
}

/** The only response that contains the secret. */
export interface NewKeyJson {
  readonly key: KeyJson;
  readonly text: string;
}
