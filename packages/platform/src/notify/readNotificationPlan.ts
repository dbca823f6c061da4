import { resolve } from "node:path";
import { readTextFile } from "../config/index.ts";
import { platformErrors } from "../errors.ts";
import { type NotificationPlan, parseNotificationPlan } from "./NotificationPlan.ts";

const PLAN_BYTES_MAX = 1_048_576;

/** @throws CONFIG_FILE_UNREADABLE */
export function readNotificationPlan(file: string): NotificationPlan {
  return parseNotificationPlan(textOf(file));
}

function textOf(file: string): string {
  try {
    return readTextFile(resolve(file), PLAN_BYTES_MAX);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw platformErrors.CONFIG_FILE_UNREADABLE({ file: "notification rules", place: file, reason }, cause);
  }
}
