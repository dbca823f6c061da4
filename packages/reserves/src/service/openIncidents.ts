import type { Clock } from "@trellis/base";
import type { Events } from "@trellis/platform/events";
import type { Transaction } from "kysely";
import {
  compareIncidents,
  type Incident,
  type Incidents,
  type IncidentView,
} from "../reconciliation/index.ts";
import type { ServiceStore, ServiceTables } from "./schema.ts";

export interface ServiceIncidents extends Incidents {
  /** @param isKept true for incidents that could not be checked and stay open */
  record(found: readonly Incident[], isKept?: (open: Incident) => boolean): Promise<number>;
}

type Row = ServiceTables["incidents"];
const NUMBER = /^[1-9][0-9]{0,15}$/;

export function openIncidents({
  tables: { db, transaction, ciphers },
  events,
  clock,
}: {
  readonly tables: ServiceStore;
  readonly events: Events;
  readonly clock: Clock;
}): ServiceIncidents {
  const viewOf = (row: Row) => toView(row, ciphers);
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
        .set({
          acknowledged_by: ciphers.acknowledged_by.seal(id, by),
          note: ciphers.note.seal(id, note),
          version: version + 1,
        })
        .where("number", "=", numberOf(id))
        .where("version", "=", version)
        .returningAll()
        .executeTakeFirst();
      return row && viewOf(row);
    },
    record: (found, isKept = () => false) =>
      transaction(async (tx) => {
        const rows = await tx.selectFrom("incidents").selectAll().where("closed_at_ms", "is", null).execute();
        const views = rows.map(viewOf);
        const open = new Map(views.map((view) => [view.key, view]));
        const { opened, continued, resolved } = compareIncidents(views, found);
        const closed = resolved.filter((one) => !isKept(one));
        const change = { tx, ciphers, events, nowMs: BigInt(clock.nowMs()) };
        await openAll(opened, change);
        for (const incident of continued) await update(open.get(incident.key)!, incident, change);
        for (const { key } of closed) await close(open.get(key)!, change);
        return open.size + opened.length - closed.length;
      }),
  };
}

interface Change {
  readonly tx: Transaction<ServiceTables>;
  readonly ciphers: ServiceStore["ciphers"];
  readonly events: Events;
  readonly nowMs: bigint;
}

async function openAll(incidents: readonly Incident[], change: Change): Promise<void> {
  const { tx, events, nowMs } = change;
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
      .values({ number, ...fresh, version: 1, ...columnsOf(number, incident, change) })
      .execute();
    await events.publish(tx, [{ kind: "incident.opened", data: { id: String(number), ...incident } }]);
  }
}

async function update(held: IncidentView, incident: Incident, change: Change): Promise<void> {
  if (isSame(held, incident)) return;
  const { tx, events } = change;
  const number = BigInt(held.id);
  await tx
    .updateTable("incidents")
    .set({ ...columnsOf(number, incident, change), version: held.version + 1 })
    .where("number", "=", number)
    .execute();
  if (held.severity === incident.severity) return;
  await events.publish(tx, [{ kind: "incident.changed", data: { id: held.id, ...incident } }]);
}

async function close(held: IncidentView, { tx, events, nowMs }: Change): Promise<void> {
  const { id, key, kind, severity, asset, version } = held;
  await tx
    .updateTable("incidents")
    .set({ closed_at_ms: nowMs, version: version + 1 })
    .where("number", "=", BigInt(id))
    .execute();
  const data = { id, key, kind, severity, ...(asset !== undefined && { asset }) };
  await events.publish(tx, [{ kind: "incident.closed", data }]);
}

function columnsOf(number: bigint, incident: Incident, { ciphers }: Pick<Change, "ciphers">) {
  const { key, kind, severity, asset = null } = incident;
  const sealed = (name: "expected" | "got" | "difference") =>
    ciphers[name].seal(String(number), incident[name]);
  return {
    ...{ key, kind, severity, asset },
    ...{ expected: sealed("expected"), got: sealed("got"), difference: sealed("difference") },
  };
}

function isSame(held: Incident, { severity, expected, got }: Incident): boolean {
  return held.severity === severity && held.expected === expected && held.got === got;
}

function numberOf(id: string): bigint {
  return NUMBER.test(id) ? BigInt(id) : 0n;
}

function toView(row: Row, ciphers: ServiceStore["ciphers"]): IncidentView {
  const id = String(row.number);
  const opened = (name: keyof ServiceStore["ciphers"] & keyof Row): string | undefined =>
    row[name] === null ? undefined : ciphers[name].open(id, row[name]);
  return {
    id,
    key: row.key,
    kind: row.kind as IncidentView["kind"],
    severity: row.severity as IncidentView["severity"],
    ...(row.asset === null ? {} : { asset: row.asset }),
    expected: ciphers.expected.open(id, row.expected),
    got: ciphers.got.open(id, row.got),
    difference: ciphers.difference.open(id, row.difference),
    openedAtMs: Number(row.opened_at_ms),
    closedAtMs: row.closed_at_ms === null ? undefined : Number(row.closed_at_ms),
    acknowledgedBy: opened("acknowledged_by"),
    note: opened("note"),
    version: row.version,
  };
}
