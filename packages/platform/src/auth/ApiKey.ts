import type { Role } from "./Principal.ts";

/** An API key as it is stored: never its secret, only that secret's hash. */
export interface ApiKey {
  /** 16 characters; stands in the key itself, so that it is found at once. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly customerId: string | undefined;
  readonly scopes: readonly string[];
  /** SHA-256 of the secret, 32 bytes. The secret has 256 bits of entropy, so that a slow hash would add nothing. */
  readonly secretHash: Uint8Array;
  /** The secret before the last rotation, good until `previousUntilMs`. */
  readonly previousSecretHash: Uint8Array | undefined;
  readonly previousUntilMs: number | undefined;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
}

/** What a rotation writes: the secret that it replaces becomes the one before. */
export interface Rotation {
  readonly secretHash: Uint8Array;
  readonly previousUntilMs: number;
}

export interface ApiKeyStore {
  insert(key: ApiKey): Promise<void>;
  find(id: string): Promise<ApiKey | undefined>;
  /** In the order of identifiers, those after `afterId`. */
  list(afterId: string | undefined, limit: number): Promise<readonly ApiKey[]>;
  /**
   * Gives a key another secret, if `from` is its secret still and nobody has ended it.
   * @returns the key as it is then; undefined where nothing was changed
   */
  rotate(id: string, from: Uint8Array, to: Rotation): Promise<ApiKey | undefined>;
  /** Ends a key, for good: a time that is there stays. @returns the key as it is then; undefined where there is none */
  revoke(id: string, atMs: number): Promise<ApiKey | undefined>;
  /** Never moves the time back. */
  touch(id: string, usedAtMs: number): Promise<void>;
}
