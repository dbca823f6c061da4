import type { Clock, Log } from "@trellis/base";
import {
  type Channel,
  createChatChannel,
  createEmailChannel,
  createNotifier,
  createPostChannel,
  type DedupeStore,
  type DelayQueue,
  type NotificationJob,
  type Notifier,
  type PlannedChannel,
  readNotificationPlan,
  systemMailer,
  systemSender,
} from "../notify/index.ts";
import { readAddress } from "../secrets/readSecret.ts";
import type { ProcessIo } from "./ServiceIo.ts";

interface OpenNotifierPorts {
  readonly dedupe: DedupeStore;
  readonly queue: DelayQueue<NotificationJob>;
  readonly clock: Clock;
  readonly log: Log;
  readonly io: ProcessIo;
}

/**
 * @param file absolute path; empty: no notifications
 * @throws CONFIG_FILE_UNREADABLE, and the errors of readSecret
 */
export async function openNotifier(
  { file, allowPrivate }: { readonly file: string; readonly allowPrivate: boolean },
  ports: OpenNotifierPorts,
): Promise<Notifier | undefined> {
  if (file === "") return undefined;
  const { channels, rules } = readNotificationPlan(file);
  const opened: Record<string, Channel> = {};
  for (const [name, channel] of Object.entries(channels))
    opened[name] = await openChannel(channel, allowPrivate, ports.io);
  return createNotifier(rules, { ...ports, channels: opened });
}

async function openChannel(channel: PlannedChannel, allowPrivate: boolean, io: ProcessIo): Promise<Channel> {
  const addressOf = (place: string) => readAddress(place, "Address of a channel", io);
  if (channel.kind === "email")
    return createEmailChannel(channel.to, systemMailer(await addressOf(channel.smtp), channel.from));
  const url = await addressOf(channel.url);
  const sender = systemSender({ allowPrivate });
  return channel.kind === "chat" ? createChatChannel(url, sender) : createPostChannel(url, sender);
}
