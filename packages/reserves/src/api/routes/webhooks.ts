import { defineRoute, httpErrors, pageOf, pageQuery, type Route, readPage } from "@trellis/platform/http";
import type { Delivery, Webhook } from "@trellis/platform/notify";
import { z } from "zod";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { timeMs } from "../schemas/common.ts";
import { operators } from "./access.ts";

const EVENT_TYPES = [
  "balance.changed",
  "debt.changed",
  "snapshot.published",
  "snapshot.anchored",
  "attestation.published",
  "incident.opened",
  "incident.changed",
  "incident.closed",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

const webhookId = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "WebhookId", examples: ["webhook-1", "missing"] });
const deliveryId = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "DeliveryId", examples: ["delivery-1", "missing"] });
const url = z
  .string()
  .min(1)
  .max(2_048)
  .meta({ examples: ["https://receiver.example/hook"] });
const webhook = z
  .strictObject({
    id: webhookId,
    url,
    eventTypes: z.array(z.string()),
    createdBy: z.string(),
    createdAtMs: timeMs,
  })
  .meta({ id: "Webhook" });
const delivery = z
  .strictObject({
    id: deliveryId,
    webhookId,
    eventId: z.string(),
    eventType: z.string(),
    state: z.enum(["waiting", "delivered", "dead"]),
    attempts: z.int(),
    createdAtMs: timeMs,
    nextAttemptAtMs: timeMs.nullable(),
    lastOutcome: z.string().nullable(),
  })
  .meta({ id: "Delivery" });
const params = z.strictObject({ webhookId });

export function webhookRoutes({ webhooks }: Pick<ReservesApiPorts, "webhooks">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "registerWebhook",
        method: "POST",
        path: "/v1/webhooks",
        tag: "webhooks",
        summary: "Registers a webhook for events",
        description:
          "Deliveries are signed (RFC 9421) and repeated for about a day until the receiver returns 2xx.",
        access: operators("webhooks:write"),
        body: z.strictObject({
          url,
          eventTypes: z
            .array(z.enum(["*", ...EVENT_TYPES]))
            .min(1)
            .max(16),
        }),
        answer: { status: 201, description: "the webhook", schema: webhook },
        errors: ["WEBHOOK_URL_REFUSED"],
        idempotency: "optional",
      },
      async ({ body, principal }) => shown(await webhooks.register(body.url, body.eventTypes, principal.id)),
    ),
    defineRoute(
      {
        id: "listWebhooks",
        method: "GET",
        path: "/v1/webhooks",
        tag: "webhooks",
        summary: "Lists webhooks",
        access: operators("webhooks:read"),
        query: z.strictObject(pageQuery),
        answer: { status: 200, description: "a page", schema: pageOf(webhook) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query }) =>
        readPage(
          query,
          ["webhooks"],
          async (after, limit) => (await webhooks.listWebhooks(after, limit)).map(shown),
          ({ id }) => id,
        ),
    ),
    defineRoute(
      {
        id: "removeWebhook",
        method: "DELETE",
        path: "/v1/webhooks/{webhookId}",
        tag: "webhooks",
        summary: "Removes a webhook and its waiting deliveries",
        access: operators("webhooks:write"),
        params,
        answer: { status: 204, description: "removed" },
        errors: ["NOT_FOUND"],
      },
      async ({ params: { webhookId: id } }) => {
        await webhooks.remove(id);
        return undefined;
      },
    ),
    ...deliveryRoutes({ webhooks }),
  ];
}

function deliveryRoutes({ webhooks }: Pick<ReservesApiPorts, "webhooks">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listDeliveries",
        method: "GET",
        path: "/v1/webhooks/{webhookId}/deliveries",
        tag: "webhooks",
        summary: "Lists deliveries of a webhook; `state=dead` lists dead letters",
        access: operators("webhooks:read"),
        params,
        query: z.strictObject({ ...pageQuery, state: z.enum(["waiting", "delivered", "dead"]).optional() }),
        answer: { status: 200, description: "a page", schema: pageOf(delivery) },
        errors: ["CURSOR_INVALID", "NOT_FOUND"],
      },
      async ({ params: { webhookId: id }, query }) => {
        if ((await webhooks.findWebhook(id)) === undefined)
          throw httpErrors.NOT_FOUND({ reason: "no such webhook", id });
        return readPage(
          query,
          ["deliveries", id, query.state],
          async (after, limit) =>
            (await webhooks.listDeliveries(id, query.state, after, limit)).map(shownDelivery),
          (one) => one.id,
        );
      },
    ),
    defineRoute(
      {
        id: "replayDelivery",
        method: "POST",
        path: "/v1/deliveries/{deliveryId}/replay",
        tag: "webhooks",
        summary: "Sends a delivery again",
        access: operators("webhooks:write"),
        params: z.strictObject({ deliveryId }),
        answer: { status: 202, description: "the delivery is queued", schema: delivery },
        errors: ["NOT_FOUND"],
      },
      async ({ params: { deliveryId: id } }) => shownDelivery(await webhooks.replay(id)),
    ),
  ];
}

function shown({ eventTypes, ...rest }: Webhook) {
  return { ...rest, eventTypes: [...eventTypes] };
}

function shownDelivery({ event, nextAttemptAtMs, lastOutcome, ...rest }: Delivery) {
  return {
    ...rest,
    eventId: event.id,
    eventType: event.type,
    nextAttemptAtMs: nextAttemptAtMs ?? null,
    lastOutcome: lastOutcome ?? null,
  };
}
