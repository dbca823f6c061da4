import { Link, useParams } from "@tanstack/react-router";
import type { Snapshot } from "@trellis/client/reserves";
import type { Hex } from "viem";
import { countText } from "../../../format/units.ts";
import { Badge, Card, Fact, Facts, HexText, TransactionLink } from "../../../ui/primitives.tsx";
import { NoPage } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { areOwed } from "../ledger/Balances.tsx";
import { LogInclusion } from "../log/LogInclusion.tsx";
import { useReserves } from "../service/useReserves.ts";
import { Amount } from "../ui/Amount.tsx";
import { download } from "../ui/download.ts";
import { Frame } from "../ui/Frame.tsx";
import { Answered } from "../ui/Refused.tsx";
import { TimeText } from "../ui/TimeText.tsx";

const NUMBER = /^[1-9]\d{0,8}$/;
const LOOK_MS = 5_000;

export function SnapshotPage() {
  const { number } = useParams({ strict: false }) as { number: string };
  if (!NUMBER.test(number)) {
    return <NoPage title="Invalid snapshot number">Snapshots are numbered from 1.</NoPage>;
  }
  return (
    <Frame title={`Snapshot ${countText(BigInt(number))}`}>
      <OneSnapshot number={Number(number)} />
    </Frame>
  );
}

function OneSnapshot({ number }: { readonly number: number }) {
  const snapshot = useReserves("getSnapshot", { snapshot: number }, { everyMs: LOOK_MS });
  const all = <Link to="/reserves/snapshots">All snapshots</Link>;
  return (
    <Answered
      query={snapshot}
      what="Loading snapshot"
      instead={{
        SNAPSHOT_UNKNOWN: <NoPage title={`Snapshot ${number} not found`}>{all}</NoPage>,
        SNAPSHOT_UNSIGNED: (
          <NoPage title={`Snapshot ${number} is not signed yet`}>The snapshot is being created. {all}</NoPage>
        ),
      }}
    >
      {(found) => (
        <>
          <Made found={found} />
          <Totals found={found} />
          <Record found={found} />
        </>
      )}
    </Answered>
  );
}

function Made({ found: { record, logIndex, anchor } }: { readonly found: Snapshot }) {
  const steps = [
    ["signed", true],
    ["in the transparency log", logIndex !== null],
    ["anchored on-chain", anchor !== null],
  ] as const;
  return (
    <Card title="Publication" aside={<TimeText ms={record.timeMs} />}>
      <ol className="life">
        {steps.map(([name, isReached]) => (
          <li key={name} className={isReached ? "reached" : undefined}>
            {name}
          </li>
        ))}
      </ol>
      <Facts>
        <Fact name="Transparency log">
          {logIndex === null ? <Badge tone="warn">pending</Badge> : <LogInclusion index={logIndex} />}
        </Fact>
        <Fact name="Anchored on-chain">
          {anchor === null ? (
            <Badge tone="warn">pending: transaction in flight, or no chain configured</Badge>
          ) : (
            <>
              chain {anchor.chainId}, block {countText(anchor.blockNumber)}{" "}
              <TransactionLink hash={anchor.transactionHash as Hex} />
            </>
          )}
        </Fact>
      </Facts>
    </Card>
  );
}

function Totals({ found: { record } }: { readonly found: Snapshot }) {
  const { totals, debts = [] } = record;
  const rows = totals.map((total) => ({
    ...total,
    debt: debts.find(({ asset }) => asset === total.asset)?.amount ?? "0",
  }));
  return (
    <Card title="Liabilities" aside={<span>{countText(record.totals.length)} assets</span>}>
      <Table
        label="Liabilities by asset"
        rows={rows}
        keyOf={({ asset }) => asset}
        columns={[
          { name: "Asset", width: "8rem", cell: ({ asset }) => asset },
          {
            name: "Liabilities",
            width: "1fr",
            isNumeric: true,
            cell: ({ asset, decimals, amount }) => (
              <Amount asset={asset} decimals={decimals} amount={amount} hasCopy />
            ),
          },
          ...(!areOwed(debts)
            ? []
            : [
                {
                  name: "Customer debts",
                  width: "1fr",
                  isNumeric: true,
                  cell: ({ asset, decimals, debt }: (typeof rows)[number]) => (
                    <Amount asset={asset} decimals={decimals} amount={debt} />
                  ),
                },
              ]),
        ]}
      />
    </Card>
  );
}

function Record({ found }: { readonly found: Snapshot }) {
  const { record } = found;
  const hex = (name: string, value: string) => (
    <Fact name={name}>
      <HexText hex={value as Hex} label={name.toLowerCase()} isWhole />
    </Fact>
  );
  return (
    <Card title="Signed record">
      <Facts>
        <Fact name="Scheme">
          {record.scheme}, {record.hash}, {record.depth} levels
        </Fact>
        {hex("Record hash", record.rootRecordHash)}
        {hex("Root", record.root)}
        {hex("Snapshot ID", record.snapshotId)}
        {hex("Previous record", record.previousRecordHash)}
        {hex("Asset list", record.assetListHash)}
        {record.priceSetHash !== null && hex("Price set", record.priceSetHash)}
        <Fact name="Ledger position">{countText(BigInt(record.ledgerPosition))}</Fact>
        {Object.entries(record.blockHeights).map(([chain, height]) => (
          <Fact key={chain} name={`Block on ${chain}`}>
            {countText(height)}
          </Fact>
        ))}
        <Fact name="Signature">
          <code>{found.signature}</code>
        </Fact>
      </Facts>
      <div className="buttons">
        <button
          type="button"
          onClick={() =>
            download(
              `snapshot-${record.number}.json`,
              `${JSON.stringify(found, undefined, 2)}\n`,
              "application/json",
            )
          }
        >
          Download JSON
        </button>
      </div>
    </Card>
  );
}
