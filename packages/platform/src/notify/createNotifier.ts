import type { Clock, Log } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import { notifyErrors } from "./errors.ts";
import {
  type Channel,
  type DedupeStore,
  type Notification,
  type NotificationRule,
  SEVERITIES,
} from "./Notification.ts";
import { endOfQuiet, requireQuietHours } from "./quietHours.ts";
import type { DelayQueue } from "./Webhook.ts";

export interface Notifier {
  /** Queues for every matching rule. A retry after an error may notify a channel twice. */
  notify(notification: Notification): Promise<void>;
  /** @throws NOTIFICATION_CHANNEL_FAILED */
  dispatch(job: NotificationJob): Promise<void>;
}

export interface NotificationJob {
  readonly channel: string;
  readonly notification: Notification;
}

export interface NotifierPorts {
  readonly channels: Readonly<Record<string, Channel>>;
  readonly dedupe: DedupeStore;
  readonly queue: DelayQueue<NotificationJob>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A crashed process's claims expire before it restarts. */
const QUEUEING_MS = 2_000;

/** @throws CONFIG_FILE_UNREADABLE */
export function createNotifier(rules: readonly NotificationRule[], ports: NotifierPorts): Notifier {
  const { channels, dedupe, queue, clock, log } = ports;
  for (const rule of rules) requireFollowable(rule, channels);

  async function queueFor(rule: NotificationRule, notification: Notification, nowMs: number): Promise<void> {
    const isUrgent = notification.severity === "critical";
    const runAtMs = isUrgent ? nowMs : endOfQuiet(rule.quiet, nowMs);
    for (const channel of rule.channels) await queue.enqueue({ channel, notification }, runAtMs);
  }

  return {
    async notify(notification) {
      const nowMs = clock.nowMs();
      for (const rule of rules.filter((candidate) => wants(candidate, notification))) {
        const key = `${rule.name} ${notification.dedupeKey}`;
        const queuedByMs = nowMs + QUEUEING_MS;
        if (!(await dedupe.claim(key, nowMs, queuedByMs))) continue;
        try {
          await queueFor(rule, notification, nowMs);
        } catch (error) {
          // The claim expires soon anyway.
          await dedupe.claim(key, queuedByMs, nowMs).catch(() => undefined);
          throw error;
        }
        await dedupe.claim(key, queuedByMs, nowMs + rule.dedupeMs);
      }
    },
    async dispatch({ channel: name, notification }) {
      const channel = channels[name];
      if (channel === undefined)
        return log.warn("notification.dropped", {
          channel: name,
          message: "The channel is no longer configured.",
        });
      try {
        await channel.send(notification);
      } catch (error) {
        throw notifyErrors.NOTIFICATION_CHANNEL_FAILED({ channel: name, kind: notification.kind }, error);
      }
    },
  };
}

function wants({ kinds, severityMin }: NotificationRule, { kind, severity }: Notification): boolean {
  if (SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(severityMin)) return false;
  return kinds.some(
    (wanted) =>
      wanted === "*" || wanted === kind || (wanted.endsWith(".*") && kind.startsWith(wanted.slice(0, -1))),
  );
}

function requireFollowable(
  { name, channels: wanted, quiet }: NotificationRule,
  channels: NotifierPorts["channels"],
): void {
  const missing = wanted.find((channel) => !Object.hasOwn(channels, channel));
  if (missing !== undefined)
    throw platformErrors.CONFIG_FILE_UNREADABLE({
      reason: "invalid rule",
      file: "notification rules",
      rule: name,
      channel: missing,
    });
  if (quiet !== undefined) requireQuietHours(quiet);
}
