import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { platformErrors } from "../errors.ts";
import { type NotificationPlan, parseNotificationPlan } from "./NotificationPlan.ts";

/** @throws CONFIG_FILE_UNREADABLE */
export function readNotificationPlan(file: string): NotificationPlan {
  return parseNotificationPlan(textOf(file));
}

function textOf(file: string): string {
  try {
    return readFileSync(resolve(file), "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw platformErrors.CONFIG_FILE_UNREADABLE({ file: "notification rules", place: file, reason }, cause);
  }
}
