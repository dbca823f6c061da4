export { createChatChannel, createEmailChannel, createPostChannel, type EmailTransport } from "./channels.ts";
export { createDedupeStore, type DedupeTables, dedupeTable } from "./createDedupeStore.ts";
export { createMemoryDedupeStore } from "./createMemoryDedupeStore.ts";
export { createMemoryQueue, type MemoryQueue } from "./createMemoryQueue.ts";
export {
  createNotifier,
  type NotificationJob,
  type Notifier,
  type NotifierPorts,
} from "./createNotifier.ts";
export {
  createWebhooks,
  type DeliveryJob,
  deliveryJobOf,
  WEBHOOK_DEFAULTS,
  type WebhookOptions,
  type WebhookPorts,
  type Webhooks,
} from "./createWebhooks.ts";
export { delayQueue } from "./delayQueue.ts";
export { notifyErrors } from "./errors.ts";
export {
  type Channel,
  type DedupeStore,
  type Notification,
  type NotificationRule,
  type QuietHours,
  SEVERITIES,
  type Severity,
} from "./Notification.ts";
export { type NotificationPlan, type PlannedChannel, parseNotificationPlan } from "./NotificationPlan.ts";
export { openWebhookStore } from "./openWebhookStore.ts";
export { isPublicAddress, requirePublicUrl } from "./publicAddress.ts";
export { readNotificationPlan } from "./readNotificationPlan.ts";
export { systemMailer } from "./systemMailer.ts";
export { systemSender } from "./systemSender.ts";
export type { DelayQueue, Delivery, Sender, Webhook, WebhookEvent, WebhookStore } from "./Webhook.ts";
