import type { ArbitrageLedger, OpportunityHistory, TimeRange } from "../ledger/index.ts";
import { arbitrageApiErrors } from "./errors.ts";
import { shownMovement, shownOpportunity } from "./views.ts";

export const EXPORTS = ["opportunities", "decisions", "executions", "movements"] as const;
type ExportTable = (typeof EXPORTS)[number];
type Source = Pick<ArbitrageLedger, "histories" | "movements">;
type Cell = string | number | bigint | boolean | null;

/** Limits memory: the CSV is one string. */
const ROWS_MAX = 100_000;
const PAGE = 1_000;

/** Newest rows first; movements oldest first. @throws TIME_RANGE_INVALID */
export async function exportCsv(table: ExportTable, time: TimeRange, source: Source): Promise<string> {
  const { head, rows } =
    table === "movements" ? await movementsOf(time, source) : await tradesOf(table, time, source);
  const lines = [head, ...rows.map((row) => row.map(cellText).join())];
  return `${lines.join("\r\n")}\r\n`;
}

async function movementsOf(time: TimeRange, source: Source) {
  const rows: Cell[][] = [];
  for (let after = 0n; ; ) {
    const page = await source.movements(after, PAGE, time);
    for (const one of page) {
      const {
        position,
        account,
        asset,
        kind,
        amount,
        reference,
        opportunityId,
        transactionHash,
        block,
        recordedAtMs,
      } = shownMovement(one);
      rows.push([
        ...[position, account, asset, kind, amount, reference, opportunityId, transactionHash],
        ...[block.height, block.hash, recordedAtMs],
      ]);
    }
    checkSize(rows.length);
    after = page.at(-1)?.position ?? after;
    if (page.length < PAGE)
      return {
        head: "position,account,asset,kind,amount,reference,opportunityId,transactionHash,blockHeight,blockHash,recordedAtMs",
        rows,
      };
  }
}

const HEADS: Readonly<Record<Exclude<ExportTable, "movements">, string>> = {
  opportunities:
    "id,chainId,blockHeight,blockHash,token,pools,amountIn,expectedProfit,foundAtMs,outcome,code,reason",
  decisions: "opportunityId,stage,isGo,code,reason,figures,decidedAtMs",
  executions:
    "opportunityId,outcome,wallet,nonce,transactionHash,blockHeight,blockHash,gasUsed,gasPriceWei,gasWei,token,profit,changedAtMs,l1FeeWei",
};

async function tradesOf(table: Exclude<ExportTable, "movements">, time: TimeRange, source: Source) {
  const rows: Cell[][] = [];
  let after: { readonly foundAtMs: number; readonly id: string } | undefined;
  for (;;) {
    const page = await source.histories({ ...time, limit: PAGE, after });
    for (const history of page) rows.push(...rowsOf(table, history));
    checkSize(rows.length);
    after = page.at(-1);
    if (page.length < PAGE) return { head: HEADS[table], rows };
  }
}

function rowsOf(table: Exclude<ExportTable, "movements">, history: OpportunityHistory): Cell[][] {
  const {
    id,
    chainId,
    block,
    token,
    pools,
    amountIn,
    expectedProfit,
    foundAtMs,
    outcome,
    decisions,
    execution,
  } = shownOpportunity(history);
  if (table === "decisions")
    return decisions.map(({ stage, isGo, code, reason, figures, decidedAtMs }) => [
      ...[id, stage, isGo, code, reason, JSON.stringify(figures), decidedAtMs],
    ]);
  if (table === "opportunities") {
    const last = decisions.at(-1);
    const where = [id, chainId, block.height, block.hash, token, pools.join(" ")];
    return [
      [...where, amountIn, expectedProfit, foundAtMs, outcome, last?.code ?? null, last?.reason ?? null],
    ];
  }
  if (execution === null) return [];
  const { wallet, nonce, transactionHash, block: included, gasUsed, gasPriceWei, profit } = execution;
  const { l1FeeWei, gasWei } = execution;
  return [
    [
      ...[
        id,
        execution.outcome,
        wallet,
        nonce,
        transactionHash,
        included?.height ?? null,
        included?.hash ?? null,
      ],
      ...[gasUsed, gasPriceWei, gasWei, token, profit, execution.changedAtMs, l1FeeWei],
    ],
  ];
}

function checkSize(rows: number): void {
  if (rows > ROWS_MAX)
    throw arbitrageApiErrors.TIME_RANGE_INVALID({
      reason: "more rows than the export limit",
      rowsMax: ROWS_MAX,
    });
}

/** RFC 4180; an apostrophe disables spreadsheet formulas. */
function cellText(cell: Cell): string {
  if (cell === null) return "";
  const text = typeof cell === "string" && /^[=+@\t\r-]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
