import { Link } from "@tanstack/react-router";
import type { CSSProperties } from "react";
import type { Hex } from "viem";
import { bytesText, countText, gweiText, toNumber } from "../../format/units.ts";
import type { TransactionJson } from "../../live/chainTypes.ts";
import { useLiveRpc } from "../../live/node.ts";
import { AddressLink, Card, Figure, TransactionLink } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";

interface ContentJson {
  readonly pending: Readonly<Record<Hex, Readonly<Record<string, TransactionJson>>>>;
  readonly queued: Readonly<Record<Hex, Readonly<Record<string, TransactionJson>>>>;
}

interface FeesJson {
  readonly baseFeePerGas: Hex;
  readonly low: { readonly maxPriorityFeePerGas: Hex };
  readonly normal: { readonly maxPriorityFeePerGas: Hex };
  readonly fast: { readonly maxPriorityFeePerGas: Hex };
}

const HEAT_MAX = 600;
/** Polled, because the mempool changes between blocks. */
const EVERY_MS = 1_500;

export function Mempool() {
  const content = useLiveRpc<ContentJson>("txpool_content", [], true, EVERY_MS);
  const fees = useLiveRpc<FeesJson>("trellis_feeOracle");
  return (
    <>
      <h1>Mempool</h1>
      <Answered query={content} what="Loading mempool">
        {({ pending, queued }) => {
          const waiting = transactionsOf(pending);
          const behind = transactionsOf(queued);
          const bytes = [...waiting, ...behind].reduce((sum, { input }) => sum + input.length / 2 - 1, 0);
          return (
            <>
              <dl className="figures">
                <Figure label="Pending" value={countText(waiting.length)} />
                <Figure label="Queued (nonce gap)" value={countText(behind.length)} />
                <Figure label="Calldata size" value={bytesText(bytes)} />
                {fees.data && (
                  <Figure
                    label="Priority fee: low, normal, fast"
                    value={(["low", "normal", "fast"] as const)
                      .map((speed) => gweiText(BigInt(fees.data[speed].maxPriorityFeePerGas)))
                      .join(" · ")}
                    note={`plus base fee ${gweiText(BigInt(fees.data.baseFeePerGas))}`}
                  />
                )}
              </dl>
              <Card title="Pending by priority fee" aside={<span>stronger colour: higher fee</span>}>
                {waiting.length === 0 ? (
                  <Empty title="No pending transactions" />
                ) : (
                  <Heat transactions={waiting} />
                )}
              </Card>
              <Waiting transactions={[...waiting.toSorted(byTip), ...behind]} />
            </>
          );
        }}
      </Answered>
    </>
  );
}

function Waiting({ transactions }: { readonly transactions: readonly TransactionJson[] }) {
  if (transactions.length === 0) return null;
  return (
    <Card title="Transactions">
      <Table
        label="Pending and queued transactions"
        rows={transactions}
        keyOf={({ hash }) => hash}
        columns={[
          { name: "Transaction", width: "1fr", cell: ({ hash }) => <TransactionLink hash={hash} /> },
          { name: "From", width: "1fr", isMinor: true, cell: ({ from }) => <AddressLink address={from} /> },
          { name: "To", width: "1fr", isMinor: true, cell: ({ to }) => <AddressLink address={to} /> },
          {
            name: "Nonce",
            width: "5rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ nonce }) => countText(toNumber(nonce)),
          },
          { name: "Priority fee", width: "7rem", isNumeric: true, cell: (row) => gweiText(tipOf(row)) },
        ]}
      />
    </Card>
  );
}

function transactionsOf(part: ContentJson["pending"]): TransactionJson[] {
  return Object.values(part).flatMap((ofSender) => Object.values(ofSender));
}

function tipOf({ maxPriorityFeePerGas, gasPrice }: TransactionJson): bigint {
  return BigInt(maxPriorityFeePerGas ?? gasPrice);
}

function byTip(a: TransactionJson, b: TransactionJson): number {
  return Number(tipOf(b) - tipOf(a));
}

/** Logarithmic, because tips differ by orders of magnitude. */
function heatOf(transaction: TransactionJson): number {
  return Math.log1p(Number(tipOf(transaction)));
}

function Heat({ transactions }: { readonly transactions: readonly TransactionJson[] }) {
  const shown = transactions.toSorted(byTip).slice(0, HEAT_MAX);
  const [most, least] = [shown[0]!, shown.at(-1)!].map(heatOf) as [number, number];
  return (
    <>
      <div className="heat">
        {shown.map((transaction) => {
          const share = most === least ? 0.5 : (heatOf(transaction) - least) / (most - least);
          const style: CSSProperties = {
            background: `color-mix(in oklab, var(--accent) ${Math.round(15 + share * 85)}%, var(--surface))`,
          };
          const label = `${transaction.hash.slice(0, 12)}…, priority fee ${gweiText(tipOf(transaction))}`;
          return (
            <Link
              key={transaction.hash}
              to="/transaction/$hash"
              params={{ hash: transaction.hash }}
              style={style}
              title={label}
            >
              <span className="visually-hidden">{label}</span>
            </Link>
          );
        })}
      </div>
      {transactions.length > HEAT_MAX && (
        <p className="soft">
          The top {HEAT_MAX} of {countText(transactions.length)} by priority fee.
        </p>
      )}
    </>
  );
}
