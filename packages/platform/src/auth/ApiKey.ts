import type { Role } from "./Principal.ts";

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly customerId: string | undefined;
  readonly scopes: readonly string[];
  /** SHA-256 suffices, because the secret has 256 bits of entropy. */
  readonly secretHash: Uint8Array;
  readonly previousSecretHash: Uint8Array | undefined;
  readonly previousUntilMs: number | undefined;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
}

interface Rotation {
  readonly secretHash: Uint8Array;
  readonly previousUntilMs: number;
}

export interface ApiKeyStore {
  insert(key: ApiKey): Promise<void>;
  find(id: string): Promise<ApiKey | undefined>;
  list(afterId: string | undefined, limit: number): Promise<readonly ApiKey[]>;
  /** Undefined if `from` is not the current secret's hash, or the key is revoked. */
  rotate(id: string, from: Uint8Array, to: Rotation): Promise<ApiKey | undefined>;
  /** Keeps an earlier revocation time. */
  revoke(id: string, atMs: number): Promise<ApiKey | undefined>;
  /** Never decreases `lastUsedAtMs`. */
  touch(id: string, usedAtMs: number): Promise<void>;
}
