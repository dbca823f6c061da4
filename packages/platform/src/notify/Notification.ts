export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something that a person should know. */
export interface Notification {
  /** `reconciliation.mismatch`: what rules choose by. */
  readonly kind: string;
  readonly severity: Severity;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** The same for the same trouble: while it lasts it is told once. */
  readonly dedupeKey: string;
  readonly timeMs: number;
}

/** A way to people: e-mail, a chat, a webhook. */
export interface Channel {
  /** @throws anything, when it did not get there */
  send(notification: Notification): Promise<void>;
}

/** Hours in which only what is critical is told; the rest comes after them. */
export interface QuietHours {
  /** `22:00`, local; may lie after `to`, over midnight. */
  readonly from: string;
  readonly to: string;
  /** `Europe/Vienna` */
  readonly timeZone: string;
}

export interface NotificationRule {
  readonly name: string;
  /** `reconciliation.mismatch`, or `reconciliation.*`, or `*`. */
  readonly kinds: readonly string[];
  readonly severityMin: Severity;
  readonly channels: readonly string[];
  /** How long the same trouble is not told again. ms */
  readonly dedupeMs: number;
  readonly quiet?: QuietHours;
}

/** Remembers what was told. */
export interface DedupeStore {
  /** False if `key` was told and its time is not over. */
  claim(key: string, nowMs: number, untilMs: number): Promise<boolean>;
}
