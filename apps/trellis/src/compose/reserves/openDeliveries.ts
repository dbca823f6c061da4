import type { Clock, Log, Random } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Events } from "@trellis/platform/events";
import type { SignatureKey } from "@trellis/platform/http";
import type { Jobs } from "@trellis/platform/jobs";
import {
  createWebhooks,
  type DelayQueue,
  type DeliveryJob,
  systemSender,
  WEBHOOK_DEFAULTS,
  type WebhookStore,
  type Webhooks,
} from "@trellis/platform/notify";
import type { ServiceTables } from "./schema.ts";

export interface DeliveryParts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly store: WebhookStore;
  readonly jobs: Pick<Jobs, "add">;
  readonly events: Events;
  readonly key: SignatureKey;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Deliveries {
  readonly webhooks: Webhooks;
  /** Tells webhooks of events until it is stopped. */
  relay(): { stop(): Promise<void> };
  /** Queues what should have been sent by now and was not: its job was lost. @returns how many */
  sweep(): Promise<number>;
}

/** A delivery that is late by this much has lost its job. ms */
const LATE_MS = 300_000;
const PAGE = 200;

export function openDeliveries(parts: DeliveryParts, { allowPrivate }: { readonly allowPrivate: boolean }) {
  const { store, jobs, clock, log } = parts;
  const queue = delayQueue(jobs, clock);
  const webhooks = createWebhooks(
    { ...parts, queue, sender: systemSender({ allowPrivate }) },
    { ...WEBHOOK_DEFAULTS, allowPrivate },
  );
  const deliveries: Deliveries = {
    webhooks,
    relay() {
      const aborter = new AbortController();
      const relaying = relay(webhooks, parts, aborter.signal).catch((error: unknown) => {
        if (!aborter.signal.aborted) log.error("webhooks are not told any more", { reason: String(error) });
      });
      return {
        async stop() {
          aborter.abort();
          await relaying;
        },
      };
    },
    async sweep() {
      let count = 0;
      for await (const { id } of lateDeliveries(store, clock.nowMs() - LATE_MS)) {
        await queue.enqueue({ deliveryId: id }, clock.nowMs());
        count += 1;
      }
      return count;
    },
  };
  return deliveries;
}

/** No key: an attempt queues the next one while its own job still runs. A second late, as clocks differ. */
function delayQueue(jobs: Pick<Jobs, "add">, clock: Clock): DelayQueue<DeliveryJob> {
  return {
    async enqueue(job, runAtMs) {
      const restMs = runAtMs - clock.nowMs();
      await jobs.add("webhook", job, restMs > 0 ? { delayS: Math.ceil(restMs / 1_000) + 1 } : {});
    },
  };
}

/** The place up to which events were told is kept after each: one that is told twice is delivered once. */
async function relay(
  webhooks: Webhooks,
  { tables: { db }, events }: Pick<DeliveryParts, "tables" | "events">,
  signal: AbortSignal,
): Promise<void> {
  const { position } = await db.selectFrom("relay").select("position").executeTakeFirstOrThrow();
  for await (const { sequence, kind, data, timeMs } of events.follow(position, signal)) {
    await webhooks.publish({ id: `event-${sequence}`, type: kind, timeMs, data: data as object });
    await db.updateTable("relay").set({ position: sequence }).where("position", "<", sequence).execute();
  }
}

async function* lateDeliveries(store: WebhookStore, beforeMs: number) {
  for (let webhook: string | undefined; ; ) {
    const webhooks = await store.listWebhooks(webhook, PAGE);
    for (const { id } of webhooks) {
      for (let after: string | undefined; ; ) {
        const page = await store.listDeliveries(id, "waiting", after, PAGE);
        for (const one of page) if ((one.nextAttemptAtMs ?? 0) < beforeMs) yield one;
        after = page.at(-1)?.id;
        if (page.length < PAGE) break;
      }
    }
    webhook = webhooks.at(-1)?.id;
    if (webhooks.length < PAGE) return;
  }
}
