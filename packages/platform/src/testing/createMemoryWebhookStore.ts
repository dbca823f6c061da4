import type { Delivery, Webhook, WebhookStore } from "../notify/Webhook.ts";

export function createMemoryWebhookStore(): WebhookStore {
  const webhooks = new Map<string, Webhook>();
  const deliveries = new Map<string, Delivery>();
  return {
    async insertWebhook(webhook) {
      webhooks.set(webhook.id, webhook);
    },
    findWebhook: async (id) => webhooks.get(id),
    listWebhooks: async (afterId, limit) => after([...webhooks.values()], afterId, limit),
    async removeWebhook(id) {
      for (const { id: deliveryId, webhookId } of deliveries.values()) {
        if (webhookId === id) deliveries.delete(deliveryId);
      }
      return webhooks.delete(id);
    },
    async webhooksFor(eventType) {
      return [...webhooks.values()].filter(
        ({ eventTypes }) => eventTypes.includes(eventType) || eventTypes.includes("*"),
      );
    },
    async insertDelivery(delivery) {
      if (deliveries.has(delivery.id)) return false;
      deliveries.set(delivery.id, delivery);
      return true;
    },
    findDelivery: async (id) => deliveries.get(id),
    async updateDelivery(delivery) {
      if (deliveries.has(delivery.id)) deliveries.set(delivery.id, delivery);
    },
    async claimDelivery({ id, attempts, nextAttemptAtMs }, untilMs) {
      const now = deliveries.get(id);
      const isSame = now?.attempts === attempts && now.nextAttemptAtMs === nextAttemptAtMs;
      if (now?.state !== "waiting" || !isSame) return false;
      deliveries.set(id, { ...now, nextAttemptAtMs: untilMs });
      return true;
    },
    async listDeliveries(webhookId, state, afterId, limit) {
      const own = [...deliveries.values()].filter((delivery) => delivery.webhookId === webhookId);
      return after(
        own.filter((delivery) => state === undefined || delivery.state === state),
        afterId,
        limit,
      );
    },
    async removeDeliveries(state, beforeMs, isDryRun) {
      const ended = [...deliveries.values()].filter(
        (delivery) => delivery.state === state && delivery.createdAtMs < beforeMs,
      );
      if (!isDryRun) for (const { id } of ended) deliveries.delete(id);
      return ended.length;
    },
  };
}

function after<T extends { readonly id: string }>(items: T[], afterId = "", limit: number): T[] {
  return items
    .filter(({ id }) => id > afterId)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}
