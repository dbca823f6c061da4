import type { Principal, Role } from "./Principal.ts";

export interface Session {
  /** Ids sort by creation time. */
  readonly id: string;
  readonly principalId: string;
  readonly role: Role | undefined;
  /** One of the `ways` of `GET /v1/auth/session`, such as `apiKey`. */
  readonly provider: string;
  readonly createdAtMs: number;
  /** Accurate to a minute. */
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
  readonly client: SessionClient;
}

export interface SessionClient {
  readonly address: string;
  readonly userAgent: string;
}

export interface Login {
  readonly provider: Session["provider"];
  readonly principal: Principal;
  /** The session ends when this key expires, is revoked or is rotated. */
  readonly apiKey?: string;
}

export interface SessionQuery {
  readonly principalId?: string | undefined;
  readonly beforeId?: string | undefined;
  /** Sessions that expired earlier are omitted. */
  readonly nowMs: number;
}

export interface SessionStore {
  insert(session: Session): Promise<void>;
  find(id: string): Promise<Session | undefined>;
  /** Newest first. */
  list(query: SessionQuery, limit: number): Promise<readonly Session[]>;
  /** Never decreases `lastSeenAtMs`. */
  touch(id: string, seenAtMs: number): Promise<void>;
  end(id: string): Promise<Session | undefined>;
  endAll(principalId: string): Promise<number>;
  sweep(nowMs: number): Promise<number>;
}
