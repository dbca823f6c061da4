import type { Clock } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Events } from "@trellis/platform/events";
import type { Transaction } from "kysely";
import {
  compareIncidents,
  type Incident,
  type Incidents,
  type IncidentView,
} from "../reconciliation/index.ts";
import type { ServiceTables } from "./schema.ts";

export interface ServiceIncidents extends Incidents {
  /** @param isKept keeps incidents open that could not be checked */
  record(found: readonly Incident[], isKept?: (open: Incident) => boolean): Promise<number>;
}

type Row = ServiceTables["incidents"];
const NUMBER = /^[1-9][0-9]{0,15}$/;

export function openIncidents({
  tables: { db, transaction },
  events,
  clock,
}: {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly events: Events;
  readonly clock: Clock;
}): ServiceIncidents {
  return {
    async list({ isOpen }, beforeId, limit) {
      let query = db.selectFrom("incidents").selectAll().orderBy("number", "desc").limit(limit);
      if (beforeId !== undefined) query = query.where("number", "<", numberOf(beforeId));
      if (isOpen === true) query = query.where("closed_at_ms", "is", null);
      if (isOpen === false) query = query.where("closed_at_ms", "is not", null);
      return (await query.execute()).map(viewOf);
    },
    async find(id) {
      const row = await db
        .selectFrom("incidents")
        .selectAll()
        .where("number", "=", numberOf(id))
        .executeTakeFirst();
      return row && viewOf(row);
    },
    async acknowledge(id, version, by, note) {
      const row = await db
        .updateTable("incidents")
        .set({ acknowledged_by: by, note, version: version + 1 })
        .where("number", "=", numberOf(id))
        .where("version", "=", version)
        .returningAll()
        .executeTakeFirst();
      return row && viewOf(row);
    },
    record: (found, isKept = () => false) =>
      transaction(async (tx) => {
        const rows = await tx.selectFrom("incidents").selectAll().where("closed_at_ms", "is", null).execute();
        const open = new Map(rows.map((row) => [row.key, row]));
        const { opened, continued, resolved } = compareIncidents(rows.map(viewOf), found);
        const closed = resolved.filter((one) => !isKept(one));
        const change = { tx, events, nowMs: BigInt(clock.nowMs()) };
        await openAll(opened, change);
        for (const incident of continued) await update(open.get(incident.key)!, incident, change);
        for (const { key } of closed) await close(open.get(key)!, change);
        return open.size + opened.length - closed.length;
      }),
  };
}

interface Change {
  readonly tx: Transaction<ServiceTables>;
  readonly events: Events;
  readonly nowMs: bigint;
}

async function openAll(incidents: readonly Incident[], { tx, events, nowMs }: Change): Promise<void> {
  const last = await tx
    .selectFrom("incidents")
    .select("number")
    .orderBy("number", "desc")
    .limit(1)
    .executeTakeFirst();
  let number = last?.number ?? 0n;
  for (const incident of incidents) {
    number += 1n;
    const fresh = { opened_at_ms: nowMs, closed_at_ms: null, acknowledged_by: null, note: null };
    await tx
      .insertInto("incidents")
      .values({ number, ...fresh, version: 1, ...columnsOf(incident) })
      .execute();
    await events.publish(tx, [{ kind: "incident.opened", data: { id: String(number), ...incident } }]);
  }
}

async function update(row: Row, incident: Incident, { tx, events }: Change): Promise<void> {
  if (isSame(row, incident)) return;
  await tx
    .updateTable("incidents")
    .set({ ...columnsOf(incident), version: row.version + 1 })
    .where("number", "=", row.number)
    .execute();
  if (row.severity === incident.severity) return;
  await events.publish(tx, [{ kind: "incident.changed", data: { id: String(row.number), ...incident } }]);
}

async function close(row: Row, { tx, events, nowMs }: Change): Promise<void> {
  const { number, key, kind, severity, asset, version } = row;
  await tx
    .updateTable("incidents")
    .set({ closed_at_ms: nowMs, version: version + 1 })
    .where("number", "=", number)
    .execute();
  const data = { id: String(number), key, kind, severity, ...(asset === null ? {} : { asset }) };
  await events.publish(tx, [{ kind: "incident.closed", data }]);
}

function columnsOf({ key, kind, severity, asset, expected, got, difference }: Incident) {
  return { key, kind, severity, asset: asset ?? null, expected, got, difference };
}

function isSame(row: Row, { severity, expected, got }: Incident): boolean {
  return row.severity === severity && row.expected === expected && row.got === got;
}

function numberOf(id: string): bigint {
  return NUMBER.test(id) ? BigInt(id) : 0n;
}

function viewOf(row: Row): IncidentView {
  return {
    id: String(row.number),
    key: row.key,
    kind: row.kind as IncidentView["kind"],
    severity: row.severity as IncidentView["severity"],
    ...(row.asset === null ? {} : { asset: row.asset }),
    expected: row.expected,
    got: row.got,
    difference: row.difference,
    openedAtMs: Number(row.opened_at_ms),
    closedAtMs: row.closed_at_ms === null ? undefined : Number(row.closed_at_ms),
    acknowledgedBy: row.acknowledged_by ?? undefined,
    note: row.note ?? undefined,
    version: row.version,
  };
}
