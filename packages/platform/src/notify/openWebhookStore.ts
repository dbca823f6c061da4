import { type Kysely, type Selectable, sql } from "kysely";
import { type AtRest, sealedTexts, type TextCipher } from "../atRest/index.ts";
import type { Database, SchemaStep } from "../db/index.ts";
import type { Delivery, StoredDeliveries, StoredWebhooks, Webhook, WebhookStore } from "./Webhook.ts";

interface WebhookTables {
  webhooks: { id: string; url: string; event_types: string; created_by: string; created_at_ms: bigint };
  deliveries: {
    id: string;
    webhook_id: string;
    event: string;
    state: string;
    attempts: number;
    created_at_ms: bigint;
    next_attempt_at_ms: bigint | null;
    last_outcome: string | null;
  };
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "webhooks-001",
    sql: (schema) => `
CREATE TABLE ${schema}.webhooks (
  id text COLLATE "C" PRIMARY KEY,
  url text NOT NULL,
  event_types text NOT NULL,
  created_by text NOT NULL,
  created_at_ms bigint NOT NULL
);
CREATE TABLE ${schema}.deliveries (
  id text COLLATE "C" PRIMARY KEY,
  webhook_id text COLLATE "C" NOT NULL REFERENCES ${schema}.webhooks ON DELETE CASCADE,
  event text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
  attempts integer NOT NULL,
  created_at_ms bigint NOT NULL,
  next_attempt_at_ms bigint,
  last_outcome text
);
CREATE INDEX deliveries_of_webhook ON ${schema}.deliveries (webhook_id, id);`,
  },
];

interface Ciphers {
  readonly url: TextCipher;
  readonly created_by: TextCipher;
  readonly event: TextCipher;
}

/** @param atRest encrypts events and addresses */
export async function openWebhookStore(
  database: Database,
  schema: string,
  atRest?: AtRest,
): Promise<WebhookStore> {
  const tables = await database.openSchema<WebhookTables>(schema, STEPS);
  const { db } = tables;
  const ciphers = await sealedTexts(atRest, tables, {
    url: { table: "webhooks", row: "id" },
    created_by: { table: "webhooks", row: "id" },
    event: { table: "deliveries", row: "id" },
  });
  return { ...storedWebhooks(db, ciphers), ...storedDeliveries(db, ciphers) };
}

function storedWebhooks(db: Kysely<WebhookTables>, ciphers: Ciphers): StoredWebhooks {
  const webhookOf = (row: Selectable<WebhookTables["webhooks"]>) => toWebhook(row, ciphers);
  return {
    async insertWebhook({ id, url, eventTypes, createdBy, createdAtMs }) {
      const row = {
        id,
        url: ciphers.url.seal(id, url),
        event_types: JSON.stringify(eventTypes),
        created_by: ciphers.created_by.seal(id, createdBy),
      };
      await db
        .insertInto("webhooks")
        .values({ ...row, created_at_ms: BigInt(createdAtMs) })
        .execute();
    },
    async findWebhook(id) {
      const row = await db
        .selectFrom("webhooks")
        .selectAll()
        .where("id", "=", asQueried(id))
        .executeTakeFirst();
      return row && webhookOf(row);
    },
    async listWebhooks(afterId = "", limit) {
      const rows = await db
        .selectFrom("webhooks")
        .selectAll()
        .where("id", ">", asQueried(afterId))
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map(webhookOf);
    },
    async removeWebhook(id) {
      const removed = await db
        .deleteFrom("webhooks")
        .where("id", "=", asQueried(id))
        .returning("id")
        .executeTakeFirst();
      return removed !== undefined;
    },
    async webhooksFor(eventType) {
      const rows = await db
        .selectFrom("webhooks")
        .selectAll()
        .where(sql<boolean>`event_types::jsonb ?| array[${eventType}, '*']::text[]`)
        .orderBy("id")
        .execute();
      return rows.map(webhookOf);
    },
  };
}

function storedDeliveries(db: Kysely<WebhookTables>, { event }: Ciphers): StoredDeliveries {
  const deliveryRow = (delivery: Delivery) => toRow(delivery, event);
  const deliveryOf = (row: Selectable<WebhookTables["deliveries"]>) => toDelivery(row, event);
  return {
    async insertDelivery(delivery) {
      const added = await db
        .insertInto("deliveries")
        .values(deliveryRow(delivery))
        .onConflict((conflict) => conflict.column("id").doNothing())
        .returning("id")
        .executeTakeFirst();
      return added !== undefined;
    },
    async findDelivery(id) {
      const row = await db
        .selectFrom("deliveries")
        .selectAll()
        .where("id", "=", asQueried(id))
        .executeTakeFirst();
      return row && deliveryOf(row);
    },
    async updateDelivery(delivery) {
      await db.updateTable("deliveries").set(deliveryRow(delivery)).where("id", "=", delivery.id).execute();
    },
    async claimDelivery({ id, attempts, nextAttemptAtMs }, untilMs) {
      const { numUpdatedRows } = await db
        .updateTable("deliveries")
        .set({ next_attempt_at_ms: BigInt(untilMs) })
        .where("id", "=", id)
        .where("state", "=", "waiting")
        .where("attempts", "=", attempts)
        .where(
          "next_attempt_at_ms",
          "is not distinct from",
          nextAttemptAtMs === undefined ? null : BigInt(nextAttemptAtMs),
        )
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async listDeliveries(webhookId, state, afterId = "", limit) {
      const own = db
        .selectFrom("deliveries")
        .selectAll()
        .where("webhook_id", "=", asQueried(webhookId))
        .where("id", ">", asQueried(afterId));
      const wanted = state === undefined ? own : own.where("state", "=", state);
      return (await wanted.orderBy("id").limit(limit).execute()).map(deliveryOf);
    },
    async removeDeliveries(state, beforeMs, isDryRun) {
      const before = BigInt(beforeMs);
      if (isDryRun) {
        const { count } = await db
          .selectFrom("deliveries")
          .select(({ fn }) => fn.countAll<bigint>().as("count"))
          .where("state", "=", state)
          .where("created_at_ms", "<", before)
          .executeTakeFirstOrThrow();
        return Number(count);
      }
      const { numDeletedRows } = await db
        .deleteFrom("deliveries")
        .where("state", "=", state)
        .where("created_at_ms", "<", before)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

function toWebhook(row: Selectable<WebhookTables["webhooks"]>, ciphers: Ciphers): Webhook {
  return {
    id: row.id,
    url: ciphers.url.open(row.id, row.url),
    eventTypes: JSON.parse(row.event_types),
    createdBy: ciphers.created_by.open(row.id, row.created_by),
    createdAtMs: Number(row.created_at_ms),
  };
}

function toRow(delivery: Delivery, event: TextCipher) {
  return {
    id: delivery.id,
    webhook_id: delivery.webhookId,
    event: event.seal(delivery.id, JSON.stringify(delivery.event)),
    state: delivery.state,
    attempts: delivery.attempts,
    created_at_ms: BigInt(delivery.createdAtMs),
    next_attempt_at_ms: delivery.nextAttemptAtMs === undefined ? null : BigInt(delivery.nextAttemptAtMs),
    last_outcome: delivery.lastOutcome ?? null,
  };
}

function toDelivery(row: Selectable<WebhookTables["deliveries"]>, event: TextCipher): Delivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    event: JSON.parse(event.open(row.id, row.event)),
    state: row.state as Delivery["state"],
    attempts: row.attempts,
    createdAtMs: Number(row.created_at_ms),
    nextAttemptAtMs: row.next_attempt_at_ms === null ? undefined : Number(row.next_attempt_at_ms),
    lastOutcome: row.last_outcome ?? undefined,
  };
}

function asQueried(id: string): string {
  return id.includes("\0") ? "" : id;
}
