import { countText } from "../../../format/units.ts";
import { Card, Fact, Facts, HexText } from "../../../ui/primitives.tsx";
import { Table } from "../../../ui/Table.tsx";
import { Amount } from "../ui/Amount.tsx";
import { TimeText } from "../ui/TimeText.tsx";
import type { Judgement, ShownProof } from "./judgeFile.ts";
import type { PublishedJudgement } from "./judgePublished.ts";
import { PathView } from "./PathView.tsx";
import type { PublishedRecord } from "./publishedRecords.ts";
import type { Refusal } from "./refusalOf.ts";

export interface JudgementViewProps {
  readonly name: string;
  readonly judgement: Judgement;
  readonly tookMs: number;
  readonly published: readonly PublishedRecord[];
}

export function JudgementView({ name, judgement, tookMs, published }: JudgementViewProps) {
  const took = <span className="soft">verified in this browser in {tookMs.toFixed(1)} ms</span>;
  if (judgement.kind === "unreadable") return <RefusedVerdict name={name} refusal={judgement.refusal} />;
  if (judgement.kind === "published") return <PublishedVerdict name={name} judgement={judgement} />;
  const { proof, refusal } = judgement;
  return (
    <>
      {refusal === undefined ? (
        <GoodVerdict proof={proof} published={published} />
      ) : (
        <RefusedVerdict name={name} refusal={refusal} depth={proof.depth} />
      )}
      <Balances proof={proof} isProved={refusal === undefined} />
      <Card title="Merkle path from root to leaf" aside={took}>
        <PathView proof={proof} refusal={refusal} />
      </Card>
      <Card title="Root record of the proof">
        <RecordFacts proof={proof} published={published} />
      </Card>
    </>
  );
}

function RefusedVerdict({
  name,
  refusal: { code, message, hint, expected, level },
  depth,
}: {
  readonly name: string;
  readonly refusal: Refusal;
  readonly depth?: number;
}) {
  const place =
    level === undefined
      ? "before the Merkle path"
      : level === 0
        ? "at level 0, the leaf"
        : level === depth
          ? `at level ${level}, the root`
          : `at level ${level}${depth === undefined ? "" : ` of ${depth}`}`;
  return (
    <div className="verdict verdict-bad" role="alert">
      <h2>Verification failed {place}</h2>
      <p>
        {name}: {message}
      </p>
      {expected !== undefined && <p>Expected: {expected}.</p>}
      {code.startsWith("PROOF_") && <p>{hint}</p>}
      <code>{code}</code>
    </div>
  );
}

function GoodVerdict({
  proof,
  published,
}: {
  readonly proof: ShownProof;
  readonly published: readonly PublishedRecord[];
}) {
  const record = published.find(({ recordHash }) => recordHash === proof.recordHash);
  const who =
    proof.customerCount === 1 ? `“${proof.customers[0]?.customerId}”` : `${proof.customerCount} customers`;
  if (published.length > 0 && record === undefined) {
    return (
      <div className="verdict verdict-bad" role="alert">
        <h2>The proof is valid, but its root record is not published here</h2>
        <p>
          None of the newest {published.length} records of this custodian matches the file. A custodian that
          shows different records to different people can leave customers out.
        </p>
      </div>
    );
  }
  return (
    <div className="verdict verdict-good" role="status">
      <h2>Proof valid for {who}</h2>
      <p>
        {proof.scheme === "plain"
          ? "The balance is in the published list. The plain scheme does not prove sums."
          : "The balance is included in the published liabilities. Every sum on the path is correct."}
      </p>
      <p>
        {record === undefined
          ? "Compare the record hash below with the published hash. Without this comparison, the record may have been shown only to you."
          : `The proof belongs to snapshot ${record.number}${published[0] === record ? ", the newest" : `; the newest is ${published[0]?.number}`}.`}
      </p>
    </div>
  );
}

function Balances({ proof, isProved }: { readonly proof: ShownProof; readonly isProved: boolean }) {
  const { assets, totals, customers } = proof;
  return customers.map(({ customerId, sums }) => (
    <Card
      key={customerId}
      title={`${isProved ? "Balances of" : "Unverified balances of"} ${customerId}`}
      aside={<span>{countText(assets.length)} assets</span>}
    >
      <Table
        label={`Balances of ${customerId}`}
        rows={assets.map((asset, column) => ({ asset, column }))}
        keyOf={({ column }) => String(column)}
        columns={[
          {
            name: "Asset",
            width: "7rem",
            cell: ({ asset }) => `${asset.id}${asset.isDebt ? " debt" : ""}`,
          },
          {
            name: "Balance",
            width: "1fr",
            isNumeric: true,
            cell: ({ asset, column }) => (
              <Amount asset={asset.id} decimals={asset.decimals} amount={sums[column] ?? "0"} />
            ),
          },
          {
            name: "Total liabilities",
            width: "1fr",
            isNumeric: true,
            isMinor: true,
            cell: ({ asset, column }) => {
              const total = totals[column];
              return total === undefined ? (
                <span className="soft">not proved</span>
              ) : (
                <Amount asset={asset.id} decimals={asset.decimals} amount={total} />
              );
            },
          },
        ]}
      />
    </Card>
  ));
}

function RecordFacts({
  proof,
  published,
}: {
  readonly proof: ShownProof;
  readonly published: readonly PublishedRecord[];
}) {
  const record = published.find(({ recordHash }) => recordHash === proof.recordHash);
  return (
    <Facts>
      <Fact name="Record hash">
        <HexText hex={proof.recordHash} label="record hash" isWhole />
      </Fact>
      {record !== undefined && (
        <Fact name="Published">
          as snapshot {record.number}, <TimeText ms={record.timeMs} />
          {record.anchor !== null && `, anchored on chain ${record.anchor.chainId}`}
        </Fact>
      )}
      <Fact name="Root">
        <HexText hex={proof.root} label="root" isWhole />
      </Fact>
      <Fact name="Snapshot">
        <HexText hex={proof.snapshotId} label="snapshot ID" isWhole />
      </Fact>
      <Fact name="Tree">
        {proof.scheme}, {proof.hash}, {proof.depth} levels
        {proof.scheme === "sum" && `: at most ${countText(2 ** proof.depth)} leaves, most of them padding`}
      </Fact>
    </Facts>
  );
}

function PublishedVerdict({
  name,
  judgement,
}: {
  readonly name: string;
  readonly judgement: PublishedJudgement;
}) {
  const { format, refusal, root, totals, weaknesses } = judgement;
  if (refusal !== undefined) return <RefusedVerdict name={`${name} (${format})`} refusal={refusal} />;
  return (
    <>
      <div className="verdict verdict-warn" role="status">
        <h2>Valid by the rules of its format: {format}</h2>
        <p>The weaknesses below let a dishonest custodian cheat even with a valid file.</p>
      </div>
      <Card title={`${weaknesses.length} weaknesses of the format`}>
        <ul className="weaknesses">
          {weaknesses.map(({ name: weakness, meaning }) => (
            <li key={weakness}>
              {meaning} <code>{weakness}</code>
            </li>
          ))}
        </ul>
      </Card>
      <Card title="Content of the file">
        <Facts>
          {root !== undefined && <Fact name="Root">{root}</Fact>}
          {Object.entries(totals).map(([asset, total]) => (
            <Fact key={asset} name={`Total of ${asset}`}>
              <span className="amount">{total}</span>
            </Fact>
          ))}
          {root === undefined && Object.keys(totals).length === 0 && <Fact name="Sums">none</Fact>}
        </Facts>
      </Card>
    </>
  );
}
