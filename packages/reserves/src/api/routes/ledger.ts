import { defineRoute, pageOf, pageQuery, type Route, readPage, withIssues } from "@trellis/platform/http";
import { z } from "zod";
import {
  BATCH_ENTRIES_MAX,
  ENTRY_KINDS,
  type EntryDraft,
  type EntryKindName,
  type LedgerEntry,
} from "../../ledger/index.ts";
import { apiErrors } from "../errors.ts";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { amount, assetId, customerId, position, side, signedAmount, timeMs } from "../schemas/common.ts";
import { operators, PUBLIC, personal, staff } from "./access.ts";
import { importRoute } from "./imports.ts";

const kind = z
  .enum(Object.keys(ENTRY_KINDS) as [EntryKindName, ...EntryKindName[]])
  .meta({ id: "EntryKind" });
const reference = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: "reference of the sender", examples: ["tx-1"] });

const entryDraft = z
  .strictObject({
    key: z
      .string()
      .min(1)
      .max(128)
      .meta({ description: "idempotency key of the entry", examples: ["entry-1"] }),
    customer: customerId,
    asset: assetId,
    kind,
    amount: signedAmount,
    reference,
    happenedAtMs: timeMs,
    sequence: position
      .optional()
      .meta({ description: "number of the entry in its account, if the order matters" }),
  })
  .meta({ id: "EntryDraft" });

const entry = z
  .strictObject({
    position,
    key: z.string(),
    customer: customerId,
    asset: assetId,
    sequence: position,
    kind,
    amount: signedAmount,
    balance: amount,
    reference: z.string(),
    happenedAtMs: timeMs,
    recordedAtMs: timeMs,
  })
  .meta({ id: "LedgerEntry" });

const asset = z
  .strictObject({
    id: assetId,
    decimals: z
      .int()
      .min(0)
      .max(38)
      .meta({ description: "decimal places: one unit is 10^decimals base units", examples: [8] }),
  })
  .meta({ id: "Asset" });
const balance = z.strictObject({ asset: assetId, amount }).meta({ id: "Balance" });
const balances = z.strictObject({
  position,
  balances: z.array(balance).meta({ description: "balances of the customers" }),
  debts: z
    .array(balance)
    .meta({ description: "debts of the customers to the custodian, never subtracted from the balances" }),
});
const entered = z.strictObject({
  position: position.meta({ description: "ledger position after the entries" }),
  enteredCount: z.int(),
  replayedCount: z.int().meta({ description: "entries that already existed" }),
});
const statement = z.strictObject({
  customer: customerId,
  asset: assetId,
  after: position,
  upTo: position,
  opening: amount,
  closing: amount,
  lines: z.array(entry),
  side,
});
const account = z.strictObject({ customerId, assetId });

type Ports = Pick<ReservesApiPorts, "ledger">;

export function ledgerRoutes(ports: Ports): readonly Route[] {
  return [
    ...assetRoutes(ports),
    ...entryRoutes(ports),
    importRoute(ports),
    ...balanceRoutes(ports),
    ...accountRoutes(ports),
  ];
}

function assetRoutes({ ledger }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listAssets",
        method: "GET",
        path: "/v1/assets",
        tag: "ledger",
        summary: "Lists assets in the order of a snapshot's columns",
        access: PUBLIC,
        answer: { status: 200, description: "all assets", schema: z.strictObject({ items: z.array(asset) }) },
        errors: [],
      },
      async () => ({
        items: (await ledger.assets()).map(({ symbol, decimals }) => ({ id: symbol, decimals })),
      }),
    ),
    defineRoute(
      {
        id: "addAsset",
        method: "POST",
        path: "/v1/assets",
        tag: "ledger",
        summary: "Adds an asset",
        access: operators("assets:write"),
        body: asset,
        answer: { status: 201, description: "the asset exists", schema: asset },
        errors: ["ENTRY_INVALID", "LEDGER_ASSET_CONFLICT"],
      },
      async ({ body }) => {
        await ledger.addAsset({ symbol: body.id, decimals: body.decimals });
        return body;
      },
    ),
  ];
}

function entryRoutes({ ledger }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "enterEntries",
        method: "POST",
        path: "/v1/entries",
        tag: "ledger",
        summary: "Records a batch of entries, all or none",
        description:
          "Each entry has an idempotency key. An entry that is sent again counts as replayed and is not recorded again.",
        access: operators("ledger:write"),
        body: z.strictObject({ entries: z.array(entryDraft).min(1).max(BATCH_ENTRIES_MAX) }),
        answer: { status: 201, description: "the recorded entries", schema: entered },
        errors: ["ENTRIES_REFUSED", "LEDGER_BATCH_SIZE", "LEDGER_CONSERVATION_BROKEN"],
        idempotency: "optional",
        cost: 10,
        bodyBytesMax: 8_388_608,
      },
      async ({ body }) => {
        const outcome = await ledger.enter(body.entries.map(asDraft));
        if (outcome.status === "entered") {
          const { position: head, enteredCount, replayedCount } = outcome;
          return { position: head, enteredCount, replayedCount };
        }
        const issues = outcome.problems.slice(0, 100).map(({ index, error }) => ({
          pointer: `/body/entries/${index}`,
          reason: `${error.code}: ${error.hint}`,
        }));
        throw withIssues(apiErrors.ENTRIES_REFUSED({ problemCount: outcome.problems.length }), issues);
      },
    ),
    defineRoute(
      {
        id: "listEntries",
        method: "GET",
        path: "/v1/entries",
        tag: "ledger",
        summary: "Lists all entries, oldest first",
        access: staff("ledger:read"),
        query: z.strictObject(pageQuery),
        answer: { status: 200, description: "a page", schema: pageOf(entry) },
        errors: ["CURSOR_INVALID"],
        cost: 2,
      },
      ({ query }) =>
        readPage(
          query,
          ["entries"],
          (after, limit) => ledger.entries(from(after, limit)),
          (one: LedgerEntry) => one.position.toString(),
        ),
    ),
  ];
}

function balanceRoutes({ ledger }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getBalances",
        method: "GET",
        path: "/v1/customers/{customerId}/balances",
        tag: "ledger",
        summary: "Returns a customer's balances and debts, now or at a ledger position",
        access: personal("ledger:read", "ofParam"),
        params: z.strictObject({ customerId }),
        query: z.strictObject({ position: position.optional() }),
        answer: { status: 200, description: "amounts by asset", schema: balances },
        errors: ["LEDGER_UNKNOWN"],
      },
      async ({ params, query, rows }) => {
        const at = query.position ?? (await ledger.position());
        const customer = rows.require(params.customerId);
        const balances = asBalances(await ledger.balances(customer, at));
        return { position: at, balances, debts: asBalances(await ledger.debts(customer, at)) };
      },
    ),
    defineRoute(
      {
        id: "getTotals",
        method: "GET",
        path: "/v1/totals",
        tag: "ledger",
        summary: "Returns the total balances and debts of all customers, now or at a ledger position",
        access: staff("ledger:read"),
        query: z.strictObject({ position: position.optional() }),
        answer: { status: 200, description: "amounts by asset", schema: balances },
        errors: ["LEDGER_UNKNOWN"],
        cost: 2,
      },
      async ({ query }) => {
        const { position: at } = query;
        const { position, totals, debts } =
          at === undefined
            ? await ledger.newestTotals()
            : { position: at, totals: await ledger.totals(at), debts: await ledger.debtTotals(at) };
        return { position, balances: asBalances(totals), debts: asBalances(debts) };
      },
    ),
  ];
}

function accountRoutes({ ledger }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listHistory",
        method: "GET",
        path: "/v1/customers/{customerId}/assets/{assetId}/entries",
        tag: "ledger",
        summary: "Lists the entries of a balance, oldest first",
        access: personal("ledger:read", "ofParam"),
        params: account,
        query: z.strictObject({ ...pageQuery, side: side.default("equity") }),
        answer: { status: 200, description: "a page", schema: pageOf(entry) },
        errors: ["CURSOR_INVALID", "LEDGER_UNKNOWN"],
      },
      ({ params, query, rows }) => {
        const customer = rows.require(params.customerId);
        const { assetId: symbol } = params;
        return readPage(
          query,
          ["history", customer, symbol, query.side],
          (after, limit) =>
            ledger.history({ customer, asset: symbol, side: query.side, ...from(after, limit) }),
          (one: LedgerEntry) => one.sequence.toString(),
        );
      },
    ),
    defineRoute(
      {
        id: "getStatement",
        method: "GET",
        path: "/v1/customers/{customerId}/assets/{assetId}/statement",
        tag: "ledger",
        summary: "Returns a statement of a balance between two ledger positions",
        description:
          "The opening balance plus all lines equals the closing balance. Customers use it to compare two snapshots.",
        access: personal("ledger:read", "ofParam"),
        params: account,
        query: z.strictObject({ after: position, upTo: position, side: side.default("equity") }),
        answer: { status: 200, description: "the statement", schema: statement },
        errors: ["LEDGER_UNKNOWN"],
        cost: 3,
      },
      async ({ params, query, rows }) => {
        const found = await ledger.statement({
          customer: rows.require(params.customerId),
          asset: params.assetId,
          ...query,
        });
        return { ...found, side: query.side, lines: [...found.lines] };
      },
    ),
  ];
}

function asDraft({ sequence, ...draft }: z.output<typeof entryDraft>): EntryDraft {
  return sequence === undefined ? draft : { ...draft, sequence };
}

function asBalances(found: ReadonlyMap<string, bigint>) {
  return [...found].map(([symbol, held]) => ({ asset: symbol, amount: held }));
}

function from(after: string | undefined, limit: number) {
  return after === undefined ? { limit } : { after: BigInt(after), limit };
}
