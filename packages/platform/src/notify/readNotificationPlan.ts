import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { notifyErrors } from "./errors.ts";
import { type NotificationPlan, parseNotificationPlan } from "./NotificationPlan.ts";

/** @throws NOTIFICATION_RULE_INVALID */
export function readNotificationPlan(file: string): NotificationPlan {
  return parseNotificationPlan(textOf(file));
}

function textOf(file: string): string {
  try {
    return readFileSync(resolve(file), "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw notifyErrors.NOTIFICATION_RULE_INVALID({ place: file, reason }, cause);
  }
}
