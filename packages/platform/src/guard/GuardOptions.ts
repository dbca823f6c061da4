import type { Clock } from "@trellis/base";
import type { AccessPrincipal, Priority } from "./AccessPrincipal.ts";
import type { Account } from "./Account.ts";
import type { AddressList } from "./AddressList.ts";
import type { Offence } from "./Reputation.ts";
import type { Visitor } from "./Visitors.ts";

/** Costs or calls per window (0: no limit), and open connections. */
export interface GuardLimits {
  readonly perAddress: number;
  readonly perPrincipal: number;
  readonly perConnection: number;
  readonly perMethod: ReadonlyMap<string, number>;
  readonly connectionsMax: number;
  readonly connectionsPerAddress: number;
  readonly connectionsPerPrincipal: number;
}

export interface GuardOptions {
  readonly windowMs: number;
  readonly limits: GuardLimits;
  readonly trustedProxies: AddressList;
  readonly anonymous: AccessPrincipal;
  /** Forbidden methods are reported as unknown. */
  readonly hidesMethods: boolean;
  /** Refuses loopback requests for public names, whose proxy forwards no client address. */
  readonly requiresForwarding: boolean;
}

export interface CallGuard {
  readonly options: GuardOptions;
  readonly clock: Clock;
  readonly version: number;
  accountOf(id: string): Account;
  /** Smaller under load, and while the shared counters are unreachable. */
  effectiveLimit(limit: number, priority: Priority): number;
  /** @param cost negative for a refund */
  counted(account: Account, cost: number): void;
  offend(visitor: Visitor, offence: Offence): void;
  refused(reason: RefusalReason): void;
}

export const REFUSAL_REASONS = [
  "address",
  "principal",
  "method",
  "connection",
  "connections",
  "permission",
  "unknown",
  "denied",
  "banned",
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];
