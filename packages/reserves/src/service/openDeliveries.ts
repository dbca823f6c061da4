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
import { notificationOf } from "./notificationOf.ts";
import type { ServiceTables } from "./schema.ts";

interface DeliveryParts {
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
  /** Tells webhooks of events, and people by `notifier`, until it is stopped. */
  relay(notifier?: Pick<Notifier, "notify">): Following;
  /** Queues what should have been sent by now and was not: its job was lost. @returns how many */
  sweep(): Promise<number>;
}

/** A delivery that is late by this much has lost its job. ms */
const LATE_MS = 300_000;
const PAGE = 200;
/** How often telling an event is tried before those behind it are told without it. */
const ATTEMPTS_MAX = 5;

export function openDeliveries(parts: DeliveryParts, { allowPrivate }: { readonly allowPrivate: boolean }) {
  const { store, jobs, clock } = parts;
  const queue = delayQueue<DeliveryJob>("webhook", jobs, clock);
  const webhooks = createWebhooks(
    { ...parts, queue, sender: systemSender({ allowPrivate }) },
    { ...WEBHOOK_DEFAULTS, allowPrivate },
  );
  const deliveries: Deliveries = {
    webhooks,
    relay(notifier) {
      const telling = { webhooks, notifier, isLeftOut: leavesOut(parts) };
      return keepFollowing("relay", (signal, goesOn) => relay(telling, parts, { signal, goesOn }), parts);
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

interface Telling {
  readonly webhooks: Webhooks;
  readonly notifier: Pick<Notifier, "notify"> | undefined;
  /** Whether the event that could not be told is done without. */
  readonly isLeftOut: (event: StoredEvent, error: unknown) => boolean;
}

/** Tells events from the place on up to which they were told, which another process may have brought further. */
async function relay(
  telling: Telling,
  parts: Pick<DeliveryParts, "tables" | "events" | "store">,
  { signal, goesOn }: { readonly signal: AbortSignal; readonly goesOn: () => void },
): Promise<void> {
  const { db } = parts.tables;
  const { position } = await db.selectFrom("relay").select("position").executeTakeFirstOrThrow();
  for await (const page of parts.events.follow(position, signal)) {
    if (page.length > 0) await tell(page, telling, parts, signal);
    goesOn();
  }
}

/**
 * The place up to which events were told is kept after each page, also of one in whose midst telling fails: an event
 * that is told twice is delivered once.
 */
async function tell(
  page: readonly StoredEvent[],
  telling: Telling,
  { tables: { db }, store }: Pick<DeliveryParts, "tables" | "store">,
  signal: AbortSignal,
): Promise<void> {
  // Asked after the page was read: whoever registered before its events is there by now.
  const wanted = new Set<string>();
  for (const kind of new Set(page.map((event) => event.kind)))
    if ((await store.webhooksFor(kind)).length > 0) wanted.add(kind);
  let told = 0n;
  try {
    for (const event of page) {
      signal.throwIfAborted();
      try {
        await tellOne(event, wanted.has(event.kind), telling);
      } catch (error) {
        if (!telling.isLeftOut(event, error)) throw error;
      }
      told = event.sequence;
    }
  } finally {
    await db.updateTable("relay").set({ position: told }).where("position", "<", told).execute();
  }
}

/** People are told also where webhooks cannot be; of each, who is told again has it once. */
async function tellOne(
  event: StoredEvent,
  isWanted: boolean,
  { webhooks, notifier }: Telling,
): Promise<void> {
  const { sequence, kind, data, timeMs } = event;
  const notification = notifier && notificationOf(event);
  try {
    if (isWanted) await webhooks.publish({ id: `event-${sequence}`, type: kind, timeMs, data });
  } finally {
    if (notification !== undefined) await notifier?.notify(notification);
  }
}

/**
 * Counts failures of the event that is to be told next. One that cannot be told for a reason of its own holds up those
 * behind it for some attempts, and is then left out, which the log and a figure tell; it stays among the stored events.
 */
function leavesOut({ log, metrics }: Pick<DeliveryParts, "log" | "metrics">): Telling["isLeftOut"] {
  const leftOut = metrics.counter({
    name: "trellis_reserves_events_left_out_total",
    help: "Events that webhooks and people were not told of, since telling them failed again and again.",
    labels: ["kind"],
  });
  let failing = { sequence: 0n, count: 0 };
  return ({ sequence, kind }, error) => {
    if (!isOfEvent(error)) return false;
    const count = failing.sequence === sequence ? failing.count + 1 : 1;
    failing = { sequence, count };
    if (count < ATTEMPTS_MAX) return false;
    log.error("an event is left out: it cannot be told", {
      sequence: String(sequence),
      kind,
      error: error instanceof Error ? error : String(error),
    });
    leftOut.add(1, { kind });
    return true;
  };
}

/** A database that is away, or does not write now, is the trouble of all events. */
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
