export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Notification {
  readonly kind: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly text: string;
  /** Equal for notifications about the same problem. */
  readonly dedupeKey: string;
  readonly timeMs: number;
}

export interface Channel {
  /** @throws if the delivery fails */
  send(notification: Notification): Promise<void>;
}

/** Only critical notifications are sent; others wait. */
export interface QuietHours {
  /** Local time, such as `22:00`. If later than `to`, midnight is included. */
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

export interface NotificationRule {
  readonly name: string;
  /** `reconciliation.mismatch`, `reconciliation.*` or `*`. */
  readonly kinds: readonly string[];
  readonly severityMin: Severity;
  readonly channels: readonly string[];
  readonly dedupeMs: number;
  readonly quiet?: QuietHours;
}

export interface DedupeStore {
  /** Atomic across processes. False if the key is claimed. */
  claim(key: string, nowMs: number, untilMs: number): Promise<boolean>;
}
