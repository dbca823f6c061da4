import type { Principal, Role } from "./Principal.ts";

export interface Session {
  /** Sorts by the time of creation. */
  readonly id: string;
  readonly principalId: string;
  readonly role: Role | undefined;
  /** `apiKey`, or the identity provider's way of `GET /v1/auth/session`. */
  readonly provider: string;
  readonly createdAtMs: number;
  /** To a minute. */
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
  /** Its expiry, revocation or rotation also ends the session. */
  readonly apiKey?: string;
}

export interface SessionQuery {
  /** Absent: of all. */
  readonly principalId?: string | undefined;
  readonly beforeId?: string | undefined;
  /** Omits expired sessions. */
  readonly nowMs: number;
}

export interface SessionStore {
  insert(session: Session): Promise<void>;
  find(id: string): Promise<Session | undefined>;
  /** Newest first. */
  list(query: SessionQuery, limit: number): Promise<readonly Session[]>;
  /** Never decreases the time. */
  touch(id: string, seenAtMs: number): Promise<void>;
  end(id: string): Promise<Session | undefined>;
  /** @returns the number of ended sessions */
  endAll(principalId: string): Promise<number>;
  /** @returns the number of deleted expired sessions */
  sweep(nowMs: number): Promise<number>;
}
