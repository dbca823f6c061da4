import {
  type Clock,
  isTrellisError,
  type Log,
  type Metrics,
  type Random,
  type Scheduler,
} from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Events, StoredEvent } from "@trellis/platform/events";
import type { SignatureKey } from "@trellis/platform/http";
import type { Jobs } from "@trellis/platform/jobs";
import {
  createWebhooks,
  type DeliveryJob,
  delayQueue,
  deliveryJobOf,
  type Notifier,
  systemSender,
  WEBHOOK_DEFAULTS,
  type WebhookStore,
  type Webhooks,
} from "@trellis/platform/notify";
import { type Following, keepFollowing } from "@trellis/platform/service";
import { reservesMetrics } from "../metrics.ts";
import { notificationOf } from "./notificationOf.ts";
import type { ServiceTables } from "./schema.ts";

interface DeliveryPorts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly store: WebhookStore;
  readonly jobs: Pick<Jobs, "add">;
  readonly events: Events;
  readonly key: SignatureKey;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Deliveries {
  readonly webhooks: Webhooks;
  relay(notifier?: Pick<Notifier, "notify">): Following;
  sweep(): Promise<number>;
}

/** Delay after which an overdue delivery's job is considered lost. */
const LATE_MS = 300_000;
const PAGE = 200;
const ATTEMPTS_MAX = 5;

export function openDeliveries(ports: DeliveryPorts, { allowPrivate }: { readonly allowPrivate: boolean }) {
  const { store, jobs, clock } = ports;
  const queue = delayQueue<DeliveryJob>("webhook", jobs, clock);
  const webhooks = createWebhooks(
    { ...ports, queue, sender: systemSender({ allowPrivate }) },
    { ...WEBHOOK_DEFAULTS, allowPrivate },
  );
  const deliveries: Deliveries = {
    webhooks,
    relay(notifier) {
      const receivers = { webhooks, notifier, isSkipped: skipsEvent(ports) };
      return keepFollowing(
        "relay",
        (signal, markHealthy) => relay(receivers, ports, { signal, markHealthy }),
        ports,
      );
    },
    async sweep() {
      let count = 0;
      for await (const delivery of lateDeliveries(store, clock.nowMs() - LATE_MS)) {
        await queue.enqueue(deliveryJobOf(delivery), clock.nowMs());
        count += 1;
      }
      return count;
    },
  };
  return deliveries;
}

interface Receivers {
  readonly webhooks: Webhooks;
  readonly notifier: Pick<Notifier, "notify"> | undefined;
  readonly isSkipped: (event: StoredEvent, error: unknown) => boolean;
}

async function relay(
  receivers: Receivers,
  ports: Pick<DeliveryPorts, "tables" | "events" | "store">,
  { signal, markHealthy }: { readonly signal: AbortSignal; readonly markHealthy: () => void },
): Promise<void> {
  const { db } = ports.tables;
  const { position } = await db.selectFrom("relay").select("position").executeTakeFirstOrThrow();
  for await (const page of ports.events.follow(position, signal)) {
    if (page.length > 0) await deliver(page, receivers, ports, signal);
    markHealthy();
  }
}

/** The position is stored after each page, even on failure. */
async function deliver(
  page: readonly StoredEvent[],
  receivers: Receivers,
  { tables: { db }, store }: Pick<DeliveryPorts, "tables" | "store">,
  signal: AbortSignal,
): Promise<void> {
  // Read after the events, to include all webhooks registered before them.
  const wanted = new Set<string>();
  for (const kind of new Set(page.map((event) => event.kind)))
    if ((await store.webhooksFor(kind)).length > 0) wanted.add(kind);
  let deliveredUpTo = 0n;
  try {
    for (const event of page) {
      signal.throwIfAborted();
      try {
        await deliverOne(event, wanted.has(event.kind), receivers);
      } catch (error) {
        if (!receivers.isSkipped(event, error)) throw error;
      }
      deliveredUpTo = event.sequence;
    }
  } finally {
    await db
      .updateTable("relay")
      .set({ position: deliveredUpTo })
      .where("position", "<", deliveredUpTo)
      .execute();
  }
}

/** People are notified even if webhooks fail. Each target deduplicates events. */
async function deliverOne(
  event: StoredEvent,
  isWanted: boolean,
  { webhooks, notifier }: Receivers,
): Promise<void> {
  const { sequence, kind, data, timeMs } = event;
  const notification = notifier && notificationOf(event);
  try {
    if (isWanted) await webhooks.publish({ id: `event-${sequence}`, type: kind, timeMs, data });
  } finally {
    if (notification !== undefined) await notifier?.notify(notification);
  }
}

/** Skips an event after several failures. The event is logged and counted, and stays stored. */
function skipsEvent({ log, metrics }: Pick<DeliveryPorts, "log" | "metrics">): Receivers["isSkipped"] {
  const leftOut = metrics.counter(reservesMetrics.trellis_reserves_events_left_out_total);
  let failing = { sequence: 0n, count: 0 };
  return ({ sequence, kind }, error) => {
    if (!isOfEvent(error)) return false;
    const count = failing.sequence === sequence ? failing.count + 1 : 1;
    failing = { sequence, count };
    if (count < ATTEMPTS_MAX) return false;
    log.error("event.skipped", {
      sequence: String(sequence),
      kind,
      error: error instanceof Error ? error : String(error),
      message: "The event could not be delivered.",
    });
    leftOut.add(1, { kind });
    return true;
  };
}

/** False for causes unrelated to the event, such as an unavailable database. */
function isOfEvent(error: unknown): boolean {
  if (!isTrellisError(error)) return true;
  return error.consequence === "reject" && error.code !== "DB_STATEMENT_REFUSED";
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
