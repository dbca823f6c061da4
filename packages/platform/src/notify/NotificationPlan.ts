import { z } from "zod";
import { platformErrors } from "../errors.ts";
import { type NotificationRule, SEVERITIES } from "./Notification.ts";

/** URL, or reference to a URL that contains credentials. */
const place = z.string().min(1).max(2_048);
const name = z.string().regex(/^[\x21-\x7e]{1,64}$/);
const address = z.string().regex(/^[^\s@<>",;]{1,64}@[^\s@<>",;]{1,255}$/);

const channel = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("chat"), url: place }),
  z.strictObject({ kind: z.literal("post"), url: place }),
  z.strictObject({
    kind: z.literal("email"),
    smtp: place,
    from: address,
    to: z.array(address).min(1).max(32),
  }),
]);

/** With a shorter time, two processes could notify twice. */
const DEDUPE_S_MIN = 60;
const DEDUPE_S = 3_600;

const rule = z.strictObject({
  name,
  kinds: z.array(z.string().min(1).max(128)).min(1).max(64),
  severityMin: z.enum(SEVERITIES).default("warning"),
  channels: z.array(name).min(1).max(16),
  dedupeS: z.int().min(DEDUPE_S_MIN).max(2_592_000).default(DEDUPE_S),
  quiet: z.strictObject({ from: z.string(), to: z.string(), timeZone: z.string() }).optional(),
});

const planSchema = z.strictObject({
  channels: z.record(name, channel),
  rules: z.array(rule).max(64),
});

export type PlannedChannel = z.infer<typeof channel>;

export interface NotificationPlan {
  readonly channels: Readonly<Record<string, PlannedChannel>>;
  readonly rules: readonly NotificationRule[];
}

/** @throws CONFIG_FILE_UNREADABLE */
export function parseNotificationPlan(text: string): NotificationPlan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The message would quote credentials.
    throw platformErrors.CONFIG_FILE_UNREADABLE({
      file: "notification rules",
      reason: "not JSON",
      length: text.length,
    });
  }
  const result = planSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const path = issue?.path.join(".") ?? "";
    throw platformErrors.CONFIG_FILE_UNREADABLE({
      file: "notification rules",
      path,
      reason: issue?.message ?? "",
    });
  }
  const { channels, rules } = result.data;
  return {
    channels,
    rules: rules.map(({ dedupeS, quiet, ...rest }) => ({
      ...rest,
      dedupeMs: dedupeS * 1_000,
      ...(quiet === undefined ? {} : { quiet }),
    })),
  };
}
