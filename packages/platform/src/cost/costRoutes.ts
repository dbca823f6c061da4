import { z } from "zod";
import type { Access } from "../auth/access.ts";
import { authErrors } from "../auth/errors.ts";
import type { RowScope } from "../auth/RowScope.ts";
import { defineRoute, httpErrors, pageOf, pageQuery, type Route, readPage } from "../http/index.ts";
import type { CostWatch } from "./CostWatch.ts";
import { DAY_MS, dayOf, startOf } from "./day.ts";
import { COST_ITEMS, costOf, totalOf } from "./prices.ts";
import { GROUPINGS, type Grouping, type UsageRow, type UsageStore } from "./UsageStore.ts";

export interface CostRoutePorts {
  readonly costs: {
    readonly service: string;
    readonly store: Pick<UsageStore, "read">;
    readonly watch: Pick<CostWatch, "forecast">;
  };
}

const TAG = "costs";
const DAYS_MAX = 366;
const READERS: Access = {
  kind: "protected",
  roles: ["admin", "operator", "auditor"],
  scope: "costs:read",
  rows: "notPersonal",
};
const TENANTS: Access = { ...READERS, roles: [...READERS.roles, "customer"], rows: "filtered" };

const day = z
  .string()
  .regex(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/)
  // Runs after a failed pattern too, when the text can be no time at all.
  .refine((text) => Number.isFinite(startOf(text)) && dayOf(startOf(text)) === text, {
    error: "a day of the calendar",
  })
  .meta({ id: "Day", description: "UTC", examples: ["2026-09-21"] });
const count = z.string().regex(/^\d+$/);
const micros = count.meta({
  id: "AmountMicros",
  description: "millionths of the currency",
  examples: ["1250000"],
});
const subject = {
  service: z.string(),
  day: z.string(),
  tenant: z.string().nullable().meta({ description: "customer; null: none, or not grouped by it" }),
  key: z.string().nullable().meta({
    description: "`key:ID`, `service:ID`, `users`, `anonymous` or `other`; null: not grouped by it",
  }),
};
const usageItem = z
  .strictObject({
    ...subject,
    requests: count,
    bytesIn: count,
    bytesOut: count,
    cpuMicros: count.nullable().meta({ description: "processor time in µs; only known of a service" }),
    storedBytes: count.nullable().meta({ description: "at the end of the day; only known of a service" }),
    gasWei: count.nullable().meta({ description: "paid by the service's transactions" }),
  })
  .meta({ id: "UsageItem" });
const costItems = z.strictObject({
  cpu: micros,
  requests: micros,
  transfer: micros,
  storage: micros,
  gas: micros,
});
const costItem = z
  .strictObject({ ...subject, currency: z.string(), total: micros, items: costItems })
  .meta({ id: "CostItem" });
const budgetState = z
  .strictObject({
    name: z.string(),
    tenant: z.string().nullable(),
    month: z.string().meta({ description: "budget per month, in units of the currency" }),
    spent: micros,
    projected: micros,
  })
  .meta({ id: "BudgetState" });
const forecast = z
  .strictObject({
    service: z.string(),
    day: z.string(),
    currency: z.string(),
    spent: micros.meta({ description: "this month" }),
    projected: micros.meta({ description: "this month, at the average rate of its days so far" }),
    budgets: z.array(budgetState),
    storage: z.strictObject({
      trend: z.enum(["unknown", "steady", "growing"]),
      storedBytes: z.int(),
      usedBytes: z.int(),
      capacityBytes: z.int().nullable(),
      bytesPerDay: z.int().nullable(),
      fullAtMs: z.int().nullable(),
    }),
  })
  .meta({ id: "CostForecast" });
const query = z.strictObject({
  from: day,
  to: day,
  by: z.enum(GROUPINGS).default("service"),
  tenant: z.string().min(1).max(128).optional(),
  ...pageQuery,
});
type Query = z.output<typeof query>;

export function costRoutes(ports: CostRoutePorts, prefix = "/v1"): readonly Route[] {
  const get = { method: "GET", tag: TAG } as const;
  const listed = {
    ...get,
    access: TENANTS,
    query,
    errors: ["CURSOR_INVALID", "ROW_FORBIDDEN"],
    cost: 5,
  } as const;
  return [
    defineRoute(
      {
        ...listed,
        id: "listUsage",
        path: `${prefix}/usage`,
        summary: "Lists the usage of each day by service, tenant or API key",
        description: "A customer sees its own usage, by tenant or key.",
        answer: { status: 200, description: "a page, oldest day first", schema: pageOf(usageItem) },
      },
      ({ query: asked, rows }) => listOf(asked, rows, ports, shownUsage),
    ),
    defineRoute(
      {
        ...listed,
        id: "listCosts",
        path: `${prefix}/costs`,
        summary: "Lists the cost of each day by service, tenant or API key",
        description:
          "At the unit prices of the day. Processor time, storage and gas are costs of the service.",
        answer: { status: 200, description: "a page, oldest day first", schema: pageOf(costItem) },
      },
      ({ query: asked, rows }) => listOf(asked, rows, ports, shownCost),
    ),
    defineRoute(
      {
        ...get,
        id: "forecastCosts",
        path: `${prefix}/costs/forecast`,
        summary: "Returns the budgets of the month and when storage is full",
        access: READERS,
        answer: { status: 200, description: "the forecast", schema: forecast },
        errors: [],
        cost: 5,
      },
      () => shownForecast(ports),
    ),
  ];
}

async function listOf<Item>(
  { from, to, by, tenant: asked, ...page }: Query,
  rows: RowScope,
  { costs }: CostRoutePorts,
  shown: (row: UsageRow, by: Grouping, service: string) => Item,
) {
  const days = (startOf(to) - startOf(from)) / DAY_MS;
  if (!(days >= 0 && days < DAYS_MAX)) throw httpErrors.REQUEST_INVALID({ part: "query", field: "to" });
  const tenant = rows.filter(asked);
  if (tenant !== undefined && by === "service") {
    if (!rows.seesAll) throw authErrors.ROW_FORBIDDEN();
    throw httpErrors.REQUEST_INVALID({ part: "query", field: "by" });
  }
  const found = await readPage(
    page,
    ["usage", from, to, by, tenant],
    (after, limit) => costs.store.read({ from, to, by, tenant, after, limit }),
    ({ position }) => position,
  );
  return { ...found, items: found.items.map((row) => shown(row, by, costs.service)) };
}

function subjectOf({ day: on, tenant, key }: UsageRow, service: string) {
  return { service, day: on, tenant: tenant ?? null, key: key ?? null };
}

function shownUsage(row: UsageRow, by: Grouping, service: string): z.input<typeof usageItem> {
  const { requests, bytesIn, bytesOut, cpuMicros, storedBytes, gasWei } = row.usage;
  const ofService = (value: bigint): string | null => (by === "service" ? String(value) : null);
  return {
    ...subjectOf(row, service),
    requests: String(requests),
    bytesIn: String(bytesIn),
    bytesOut: String(bytesOut),
    cpuMicros: ofService(cpuMicros),
    storedBytes: ofService(storedBytes),
    gasWei: ofService(gasWei),
  };
}

function shownCost(row: UsageRow, _by: Grouping, service: string): z.input<typeof costItem> {
  const cost = costOf(row.usage, row.prices, row.day);
  const items = Object.fromEntries(COST_ITEMS.map((item) => [item, String(cost[item])]));
  return {
    ...subjectOf(row, service),
    currency: row.prices.currency,
    total: String(totalOf(cost)),
    items: items as z.input<typeof costItems>,
  };
}

async function shownForecast({ costs }: CostRoutePorts): Promise<z.input<typeof forecast>> {
  const { day: on, prices, spent, projected, budgets, space, storage } = await costs.watch.forecast();
  const { trend, bytesPerDay = null, fullAtMs = null } = storage;
  const { storedBytes, usedBytes, capacityBytes = null } = space;
  return {
    service: costs.service,
    day: on,
    currency: prices.currency,
    spent: String(spent),
    projected: String(projected),
    budgets: budgets.map(({ budget: { name, tenant = null, month }, ...state }) => ({
      name,
      tenant,
      month,
      spent: String(state.spent),
      projected: String(state.projected),
    })),
    storage: { trend, storedBytes, usedBytes, capacityBytes, bytesPerDay, fullAtMs },
  };
}
