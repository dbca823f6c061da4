import { createHash } from "node:crypto";
import type { Clock, Log, Random } from "@trellis/base";
import { httpErrors } from "../http/errors.ts";
import type { SignatureKey } from "../http/signatures/SignatureKey.ts";
import { signRequest } from "../http/signatures/signRequest.ts";
import { requirePublicUrl } from "./publicAddress.ts";
import type { DelayQueue, Delivery, Sender, Webhook, WebhookEvent, WebhookStore } from "./Webhook.ts";

export interface Webhooks {
  /** @throws WEBHOOK_URL_REFUSED */
  register(url: string, eventTypes: readonly string[], createdBy: string): Promise<Webhook>;
  /** @throws NOT_FOUND */
  remove(id: string): Promise<void>;
  /** Idempotent per event. */
  publish(event: WebhookEvent): Promise<void>;
  /** Counts and retries receiver failures instead of throwing. */
  deliver(job: DeliveryJob): Promise<void>;
  /** Replays a delivery in any state. @throws NOT_FOUND */
  replay(deliveryId: string): Promise<Delivery>;
}

export interface DeliveryJob {
  readonly deliveryId: string;
  readonly attempts: number;
}

export interface WebhookPorts {
  readonly store: WebhookStore;
  readonly queue: DelayQueue<DeliveryJob>;
  readonly sender: Sender;
  readonly key: SignatureKey;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface WebhookOptions {
  readonly attemptsMax: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  readonly timeoutMs: number;
  /** Allows HTTP and private addresses. Only for tests and devnets. */
  readonly allowPrivate: boolean;
}

/** Over about a day: pauses double from 10 s, up to 6 h. */
export const WEBHOOK_DEFAULTS: WebhookOptions = {
  attemptsMax: 17,
  firstPauseMs: 10_000,
  longestPauseMs: 21_600_000,
  timeoutMs: 10_000,
  allowPrivate: false,
};

const CLAIM_SPARE_MS = 30_000;

export function createWebhooks(ports: WebhookPorts, options: WebhookOptions = WEBHOOK_DEFAULTS): Webhooks {
  const { store, queue, clock, random, log } = ports;

  async function queued(delivery: Delivery): Promise<void> {
    await queue.enqueue(deliveryJobOf(delivery), delivery.nextAttemptAtMs ?? clock.nowMs());
  }

  return {
    async register(url, eventTypes, createdBy) {
      if (!options.allowPrivate) requirePublicUrl(url);
      const id = Buffer.from(random.bytes(12)).toString("base64url");
      const webhook = { id, url, eventTypes: [...eventTypes], createdBy, createdAtMs: clock.nowMs() };
      await store.insertWebhook(webhook);
      return webhook;
    },

    async remove(id) {
      if (!(await store.removeWebhook(id))) throw httpErrors.NOT_FOUND({ reason: "no such webhook", id });
    },

    async publish(event) {
      const nowMs = clock.nowMs();
      for (const webhook of await store.webhooksFor(event.type)) {
        const delivery: Delivery = {
          id: deliveryId(event, webhook),
          webhookId: webhook.id,
          event,
          state: "waiting",
          attempts: 0,
          createdAtMs: nowMs,
          nextAttemptAtMs: nowMs,
          lastOutcome: undefined,
        };
        await store.insertDelivery(delivery);
        // The creator of an existing delivery may have crashed before queueing it.
        await queued(delivery);
      }
    },

    async deliver({ deliveryId: id, attempts }) {
      const delivery = await store.findDelivery(id);
      const webhook = delivery && (await store.findWebhook(delivery.webhookId));
      if (delivery === undefined || webhook === undefined || delivery.state !== "waiting") return;
      if (delivery.attempts !== attempts) return;
      if ((delivery.nextAttemptAtMs ?? 0) > clock.nowMs()) return queued(delivery);
      // If the claiming process crashes, the delivery is retried later.
      if (!(await store.claimDelivery(delivery, clock.nowMs() + options.timeoutMs + CLAIM_SPARE_MS))) return;
      const outcome = await attempt(delivery, webhook, ports, options);
      const next = afterAttempt(delivery, outcome, options, clock, random);
      await store.updateDelivery(next);
      if (next.state === "waiting") await queued(next);
      if (next.state === "dead")
        log.warn("webhook.deadLettered", { webhook: webhook.id, delivery: id, outcome });
    },

    async replay(id) {
      const delivery = await store.findDelivery(id);
      if (delivery === undefined) throw httpErrors.NOT_FOUND({ reason: "no such delivery", id });
      const again: Delivery = { ...delivery, state: "waiting", attempts: 0, nextAttemptAtMs: clock.nowMs() };
      await store.updateDelivery(again);
      await queued(again);
      return again;
    },
  };
}

export function deliveryJobOf({ id, attempts }: Delivery): DeliveryJob {
  return { deliveryId: id, attempts };
}

/** Deterministic, for idempotency. */
function deliveryId(event: WebhookEvent, webhook: Webhook): string {
  return createHash("sha256")
    .update(JSON.stringify([event.id, webhook.id]))
    .digest("base64url")
    .slice(0, 24);
}

async function attempt(
  { id, event, attempts }: Delivery,
  webhook: Webhook,
  { sender, key, clock, random }: WebhookPorts,
  { timeoutMs }: WebhookOptions,
): Promise<string> {
  const body = Buffer.from(JSON.stringify(event));
  const { host, protocol, pathname, search } = new URL(webhook.url);
  const headers = {
    "content-type": "application/json",
    "x-trellis-delivery": id,
    "x-trellis-event": event.type,
  };
  const request = {
    method: "POST",
    scheme: protocol.slice(0, -1),
    authority: host,
    target: pathname + search,
    headers,
  };
  const signed = signRequest(request, body, {
    key,
    createdS: Math.floor(clock.nowMs() / 1_000),
    nonce: `${id}.${attempts}.${Buffer.from(random.bytes(8)).toString("hex")}`,
  });
  try {
    return String(await sender.post(webhook.url, { ...headers, ...signed }, body, timeoutMs));
  } catch (error) {
    const { code } = error as { code?: unknown };
    return typeof code === "string" ? code : "no answer";
  }
}

function afterAttempt(
  delivery: Delivery,
  outcome: string,
  options: WebhookOptions,
  clock: Clock,
  random: Random,
): Delivery {
  const attempts = delivery.attempts + 1;
  const done = { ...delivery, attempts, lastOutcome: outcome, nextAttemptAtMs: undefined };
  if (/^2\d\d$/.test(outcome)) return { ...done, state: "delivered" };
  // Status 410 (Gone) is permanent.
  if (outcome === "410" || attempts >= options.attemptsMax) return { ...done, state: "dead" };
  return { ...done, nextAttemptAtMs: clock.nowMs() + pauseMs(attempts, options, random) };
}

function pauseMs(attempts: number, { firstPauseMs, longestPauseMs }: WebhookOptions, random: Random): number {
  const [byte = 0] = random.bytes(1);
  const whole = Math.min(firstPauseMs * 2 ** (attempts - 1), longestPauseMs);
  return Math.round(whole * (0.5 + byte / 510));
}
