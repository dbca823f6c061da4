import { defineRoute, pageOf, pageQuery, type Route, readPage } from "@trellis/platform/http";
import { z } from "zod";
import type { AssetResult, Period, PeriodResult, TimeRange } from "../../ledger/index.ts";
import type { ArbitrageApiPorts } from "../ArbitrageApiPorts.ts";
import { arbitrageApiErrors } from "../errors.ts";
import { EXPORTS, exportCsv } from "../exportCsv.ts";
import { hash, movement, period, periodResult, queryTimeMs, reason, transfer } from "../schemas.ts";
import { shownMovement, shownResult, shownTransfer } from "../views.ts";
import { admins, readers } from "./access.ts";

type Ports = Pick<ArbitrageApiPorts, "ledger" | "bookTransfers"> & {
  readonly http: Pick<ArbitrageApiPorts["http"], "clock">;
};

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const PERIODS_MAX = 2_000;
const TRANSFERS_MAX = 10;
const PERIOD_MS: Readonly<Record<Period, number>> = {
  hour: 3_600_000,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 28 * DAY_MS,
};
const time = {
  fromMs: queryTimeMs.optional(),
  toMs: queryTimeMs.optional(),
};

export function resultRoutes(ports: Ports): readonly Route[] {
  return [performanceRoute(ports), ...bookRoutes(ports), transferRoute(ports)];
}

function bookRoutes(ports: Ports): readonly Route[] {
  const { ledger } = ports;
  return [
    defineRoute(
      {
        id: "listMovements",
        method: "GET",
        path: "/v1/movements",
        tag: "results",
        summary: "Lists all balance changes in the books, oldest first",
        access: readers("arbitrage:read"),
        query: z.strictObject(pageQuery),
        answer: { status: 200, description: "a page", schema: pageOf(movement) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query }) =>
        readPage(
          query,
          ["movements"],
          async (after, limit) => (await ledger.movements(BigInt(after ?? 0), limit)).map(shownMovement),
          ({ position }) => String(position),
        ),
    ),
    defineRoute(
      {
        id: "exportTable",
        method: "GET",
        path: "/v1/exports/{table}",
        tag: "results",
        summary: "Exports a table of a time range as CSV (RFC 4180)",
        description: "Default: the last 30 days. The lists return the same data as JSON, in pages.",
        access: readers("arbitrage:export"),
        params: z.strictObject({
          table: z.enum(EXPORTS).meta({ id: "ExportTable", examples: ["opportunities"] }),
        }),
        query: z.strictObject(time),
        answer: { status: 200, description: "the table", mediaType: "text/csv; charset=utf-8" },
        errors: ["TIME_RANGE_INVALID"],
        cost: 50,
      },
      ({ params, query }) => exportCsv(params.table, rangeOf(query, ports), ledger),
    ),
  ];
}

function transferRoute({ bookTransfers }: Ports): Route {
  return defineRoute(
    {
      id: "bookTransfers",
      method: "POST",
      path: "/v1/transfers",
      tag: "results",
      summary: "Books transactions that the engine did not send: top-ups, withdrawals and their gas",
      description:
        "Amounts are read from the chain, of finalized transactions only. All transactions are booked or none. Transactions that are already booked are returned again.",
      access: admins("books:write"),
      body: z.strictObject({ transactionHashes: z.array(hash).min(1).max(TRANSFERS_MAX), reason }),
      answer: {
        status: 200,
        description: "the booked transfers",
        schema: z.strictObject({ items: z.array(transfer) }),
      },
      errors: [
        "BOOKS_NOT_KEPT",
        "TRANSFER_UNKNOWN",
        "TRANSFER_NOT_FINAL",
        "TRANSFER_OF_ENGINE",
        "TRANSFER_WITHOUT_EFFECT",
        "LEDGER_DATA_MISSING",
      ],
      idempotency: "required",
      cost: 20,
    },
    async ({ body }) => ({ items: (await bookTransfers(body.transactionHashes)).map(shownTransfer) }),
  );
}

function performanceRoute(ports: Ports): Route {
  return defineRoute(
    {
      id: "getPerformance",
      method: "GET",
      path: "/v1/performance",
      tag: "results",
      summary: "Returns profit and loss by period, by asset and in the chain's coin",
      description: "Default: the last 30 days. Periods are in UTC; empty periods are omitted.",
      access: readers("arbitrage:read"),
      query: z.strictObject({ ...time, period: period.default("day") }),
      answer: {
        status: 200,
        description: "periods, oldest first",
        schema: z.strictObject({ period, items: z.array(periodResult), total: periodResult }),
      },
      errors: ["TIME_RANGE_INVALID"],
      cost: 10,
    },
    async ({ query }) => {
      const range = rangeOf(query, ports);
      if ((range.toMs - range.fromMs) / PERIOD_MS[query.period] > PERIODS_MAX)
        throw arbitrageApiErrors.TIME_RANGE_INVALID({ periodsMax: PERIODS_MAX });
      const results = await ports.ledger.performance(range, query.period);
      return {
        period: query.period,
        items: results.map((one) => shownPeriod(one, endOf(one.fromMs, query.period))),
        total: shownPeriod({ ...sumOf(results), fromMs: range.fromMs }, range.toMs),
      };
    },
  );
}

function rangeOf(
  { fromMs, toMs }: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined },
  { http: { clock } }: Ports,
): TimeRange {
  const end = toMs ?? clock.nowMs() + 1;
  const begin = fromMs ?? Math.max(0, end - DEFAULT_DAYS * DAY_MS);
  if (begin >= end) throw arbitrageApiErrors.TIME_RANGE_INVALID({ fromMs: begin, toMs: end });
  return { fromMs: begin, toMs: end };
}

function endOf(fromMs: number, of: Period): number {
  if (of !== "month") return fromMs + PERIOD_MS[of];
  const date = new Date(fromMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

function shownPeriod(
  { fromMs, outcomes, assets }: PeriodResult,
  toMs: number,
): z.output<typeof periodResult> {
  return {
    fromMs,
    toMs,
    opportunityCount: Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    refusedCount: outcomes.refused,
    recordedCount: outcomes.recorded,
    openCount: outcomes.open,
    executedCount: outcomes.executed,
    revertedCount: outcomes.reverted,
    expiredCount: outcomes.expired,
    resultWei: assets.reduce((sum, { reference }) => sum + reference, 0n),
    unpricedCount: assets.reduce((sum, { unpricedCount }) => sum + unpricedCount, 0),
    assets: assets.map(shownResult),
  };
}

function sumOf(results: readonly PeriodResult[]): Pick<PeriodResult, "outcomes" | "assets"> {
  const outcomes = { found: 0, refused: 0, recorded: 0, open: 0, executed: 0, reverted: 0, expired: 0 };
  const assets = new Map<string, AssetResult>();
  for (const result of results) {
    for (const outcome of Object.keys(outcomes) as (keyof typeof outcomes)[])
      outcomes[outcome] += result.outcomes[outcome];
    for (const one of result.assets) {
      const key = `${one.chainId} ${one.asset}`;
      const before = assets.get(key);
      assets.set(key, before === undefined ? one : plus(before, one));
    }
  }
  return { outcomes, assets: [...assets.values()] };
}

function plus(a: AssetResult, b: AssetResult): AssetResult {
  return {
    ...a,
    profit: a.profit + b.profit,
    gas: a.gas + b.gas,
    reference: a.reference + b.reference,
    unpricedCount: a.unpricedCount + b.unpricedCount,
  };
}
