import { baseErrors, type Clock, type Log } from "@trellis/base";
import { sql, type Transaction } from "kysely";
import { type AtRest, sealedTexts, type TextCipher } from "../atRest/index.ts";
import type { Database, SchemaDatabase, SchemaStep } from "../db/index.ts";
import { eventsErrors } from "./errors.ts";

export interface StoredEvent {
  readonly sequence: bigint;
  readonly kind: string;
  readonly data: unknown;
  readonly timeMs: number;
}

export interface EventDraft {
  readonly kind: string;
  readonly data: object;
}

export interface Events {
  /** Atomic with the transaction; serialized. @returns the last sequence number @throws ARGUMENT_INVALID */
  publish<Tables>(transaction: Transaction<Tables>, events: readonly EventDraft[]): Promise<bigint>;
  /** Returns 0 before the first event. */
  newest(): Promise<bigint>;
  /** @throws EVENT_SEQUENCE_UNKNOWN */
  read(after: bigint, limit: number): Promise<readonly StoredEvent[]>;
  /**
   * Existing and future events. An empty batch is a heartbeat.
   * @throws EVENT_SEQUENCE_UNKNOWN, and database errors: call again with the last sequence
   */
  follow(after: bigint, signal: AbortSignal): AsyncIterable<readonly StoredEvent[]>;
  prune(beforeMs: number, isDryRun?: boolean): Promise<number>;
}

interface EventTables {
  events: { sequence: bigint; kind: string; data: string; time_ms: bigint };
  event_head: { sequence: bigint };
}

const DATA_SIZE_MAX = 64 * 1024;
const PAGE = 500;
/** Polls in case notifications are lost. */
const LOOK_MS = 5_000;

const STEPS: readonly SchemaStep[] = [
  {
    name: "events-001-tables",
    sql: (schema) => `
CREATE TABLE ${schema}.event_head (
  is_single boolean PRIMARY KEY DEFAULT true CHECK (is_single),
  sequence bigint NOT NULL
);
INSERT INTO ${schema}.event_head (sequence) VALUES (0);
CREATE TABLE ${schema}.events (
  sequence bigint PRIMARY KEY,
  kind text NOT NULL,
  data text NOT NULL,
  time_ms bigint NOT NULL
);`,
  },
];

export async function openEvents(
  { schema = "events" }: { readonly schema?: string },
  {
    database,
    clock,
    log,
    atRest,
  }: {
    readonly database: Database;
    readonly clock: Clock;
    readonly log: Log;
    readonly atRest?: AtRest;
  },
): Promise<Events> {
  const tables = await database.openSchema<EventTables>(schema, STEPS);
  const channel = `${schema}_news`;
  const { data } = await sealedTexts(atRest, tables, { data: { table: "events", row: "sequence::text" } });
  const read = (after: bigint, limit: number) => readAfter(tables, data, after, limit);

  return {
    async publish(transaction, events) {
      const drafts = events.map(({ kind, data }) => ({ kind, text: JSON.stringify(data) }));
      const large = drafts.find(({ text }) => Buffer.byteLength(text) > DATA_SIZE_MAX);
      if (large !== undefined) {
        throw baseErrors.ARGUMENT_INVALID({
          rule: "an event has at most sizeMax bytes",
          kind: large.kind,
          size: Buffer.byteLength(large.text),
          sizeMax: DATA_SIZE_MAX,
        });
      }
      const { rows } = await sql<{ sequence: bigint }>`
        UPDATE ${sql.table(`${schema}.event_head`)} SET sequence = sequence + ${drafts.length} RETURNING sequence
        `.execute(transaction);
      const newest = rows[0]!.sequence;
      const first = newest - BigInt(drafts.length) + 1n;
      const texts = drafts.map(({ text }, n) => data.seal(String(first + BigInt(n)), text));
      await sql`
        WITH added AS (
          INSERT INTO ${sql.table(`${schema}.events`)} (sequence, kind, data, time_ms)
          SELECT ${first}::bigint + n - 1, kind, data, ${clock.nowMs()}::bigint
          FROM unnest(${drafts.map(({ kind }) => kind)}::text[], ${texts}::text[])
            WITH ORDINALITY AS new(kind, data, n)
        )
        SELECT pg_notify(${channel}, ${String(newest)})`.execute(transaction);
      return newest;
    },
    newest: () => newestOf(tables.db),
    read,
    follow: (after, signal) => follow({ database, channel, read, log }, after, signal),
    async prune(beforeMs, isDryRun = false) {
      if (isDryRun) {
        const { count } = await tables.db
          .selectFrom("events")
          .select(({ fn }) => fn.countAll<bigint>().as("count"))
          .where("time_ms", "<", BigInt(beforeMs))
          .executeTakeFirstOrThrow();
        return Number(count);
      }
      const { numDeletedRows } = await tables.db
        .deleteFrom("events")
        .where("time_ms", "<", BigInt(beforeMs))
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

async function newestOf(db: SchemaDatabase<EventTables>["db"]): Promise<bigint> {
  return (await db.selectFrom("event_head").select("sequence").executeTakeFirstOrThrow()).sequence;
}

async function readAfter(
  { db }: SchemaDatabase<EventTables>,
  cipher: TextCipher,
  after: bigint,
  limit: number,
): Promise<StoredEvent[]> {
  // Read before the rows: an event in between would look like a gap.
  const newest = await newestOf(db);
  const rows = await db
    .selectFrom("events")
    .selectAll()
    .where("sequence", ">", after)
    .orderBy("sequence")
    .limit(limit)
    .execute();
  // A gap means that events were pruned or never existed.
  const next = rows[0]?.sequence ?? newest + 1n;
  if (after < 0n || after > newest || (after > 0n && next !== after + 1n)) {
    throw eventsErrors.EVENT_SEQUENCE_UNKNOWN({ after, oldest: next, newest });
  }
  return rows.map(({ sequence, kind, data, time_ms }) => ({
    sequence,
    kind,
    data: JSON.parse(cipher.open(String(sequence), data)),
    timeMs: Number(time_ms),
  }));
}

interface FollowPorts {
  readonly database: Database;
  readonly channel: string;
  readonly read: (after: bigint, limit: number) => Promise<readonly StoredEvent[]>;
  readonly log: Log;
}

async function* follow(
  { database, channel, read, log }: FollowPorts,
  after: bigint,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEvent[]> {
  let wake = Promise.withResolvers<void>();
  const look = (): void => wake.resolve();
  const listening = await database.listen(channel, look).catch((error: unknown) => {
    log.warn("database.listenFailed", {
      channel,
      reason: String(error),
      message: "Events are polled instead.",
    });
    return undefined;
  });
  signal.addEventListener("abort", look);
  try {
    for (let seen = after; !signal.aborted; ) {
      wake = Promise.withResolvers<void>();
      const page = await read(seen, PAGE);
      if (!signal.aborted) yield page;
      seen = page.at(-1)?.sequence ?? seen;
      if (page.length === PAGE || signal.aborted) continue;
      const timer = setTimeout(look, LOOK_MS);
      await wake.promise;
      clearTimeout(timer);
    }
  } finally {
    signal.removeEventListener("abort", look);
    await listening?.close();
  }
}
