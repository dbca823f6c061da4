import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type AttestationVerdict, verifyAttestation } from "@trellis/reserves/attestation/verify";
import { type Hex, hexToBytes } from "viem";
import { cutText } from "../../../format/cutText.ts";
import { countText, groupedText } from "../../../format/units.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { Badge, Card, Fact, Facts, HexText } from "../../../ui/primitives.tsx";
import { Empty, NoPage } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { watched } from "../service/client.ts";
import { RESERVES, useReserves } from "../service/useReserves.ts";
import { Amount } from "../ui/Amount.tsx";
import { download } from "../ui/download.ts";
import { Frame } from "../ui/Frame.tsx";
import { Answered } from "../ui/Refused.tsx";
import { TimeText } from "../ui/TimeText.tsx";
import { readAttestedRecord } from "./attestedRecord.ts";
import { readAttestationText } from "./useAttestation.ts";

export function AttestationPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const read = useQuery({
    queryKey: [RESERVES, "getAttestation", id, "verified"],
    queryFn: () => readAndVerify(id),
    retry: 0,
  });
  const unknown = (
    <NoPage title="Attestation not found">
      <Link to="/reserves/holdings">All attestations</Link>
    </NoPage>
  );
  return (
    <Frame title={`Attestation ${cutText(id, 40)}`}>
      <Answered
        query={read}
        what="Loading and verifying the attestation"
        instead={{ REQUEST_INVALID: unknown, NOT_FOUND: unknown }}
      >
        {({ text, verdict }) => (
          <>
            <Verdict id={id} text={text} verdict={verdict} />
            <Assets verdict={verdict} />
            <Proved verdict={verdict} />
            <HeldWhere verdict={verdict} />
            <Evidence id={id} />
          </>
        )}
      </Answered>
    </Frame>
  );
}

interface PublishedKeys {
  readonly custodian: string;
  readonly log: { readonly name: string; readonly publicKey: Hex };
}

interface Verified {
  readonly text: string;
  readonly verdict: AttestationVerdict;
}

async function readAndVerify(id: string): Promise<Verified> {
  const text = await readAttestationText(id);
  const keys = (await (await watched("/.well-known/trellis-reserves.json")).json()) as PublishedKeys;
  const { name, publicKey } = keys.log;
  const trust = {
    custodian: keys.custodian,
    keys: [{ name, algorithm: "ed25519", publicKey: hexToBytes(publicKey) }],
    record: await readAttestedRecord(text),
  } as const;
  return { text, verdict: verifyAttestation(text, trust) };
}

function Verdict({ id, text, verdict: { attestation } }: Verified & { readonly id: string }) {
  const { isCovered, custodian, timeMs, snapshotId, rootRecordHash, quote } = attestation;
  return (
    <>
      <div className={`verdict verdict-${isCovered ? "good" : "bad"}`} role="status">
        <h2>{isCovered ? "Covered" : "Not covered"}</h2>
        <p>
          Reserves after haircut: {valueText(attestation.countedReservesValue)} {quote}. Liabilities:{" "}
          {valueText(attestation.liabilitiesValue)} {quote}. This browser verified the signature, all figures
          and the link to the snapshot record.
        </p>
      </div>
      <Card title="Attestation">
        <Facts>
          <Fact name="Custodian">{custodian}</Fact>
          <Fact name="Time">
            <TimeText ms={timeMs} />
          </Fact>
          <Fact name="Snapshot">
            <HexText hex={snapshotId as Hex} label="snapshot ID" isWhole />
          </Fact>
          <Fact name="Root record">
            <HexText hex={rootRecordHash as Hex} label="hash of the root record" isWhole />
          </Fact>
        </Facts>
        <div className="buttons">
          <button type="button" onClick={() => download(`attestation-${id}.json`, text, "application/json")}>
            Download signed attestation
          </button>
        </div>
      </Card>
    </>
  );
}

function valueText(value: string): string {
  const [whole = "0", fraction = ""] = value.split(".");
  return `${countText(BigInt(whole))}.${fraction.padEnd(2, "0").slice(0, 2)}`;
}

function Assets({ verdict: { attestation } }: { readonly verdict: AttestationVerdict }) {
  const prices = new Map(attestation.prices.map(({ asset, price }) => [asset, price]));
  return (
    <Card title="Coverage by asset">
      <Table
        label="Coverage by asset"
        rows={attestation.assets}
        keyOf={({ asset }) => asset}
        columns={[
          { name: "Asset", width: "5rem", cell: ({ asset }) => asset },
          {
            name: "Liabilities",
            width: "1fr",
            isNumeric: true,
            cell: (row) => <Amount asset={row.asset} decimals={row.decimals} amount={row.liabilities} />,
          },
          {
            name: "Reserves",
            width: "1fr",
            isNumeric: true,
            cell: (row) => <Amount asset={row.asset} decimals={row.decimals} amount={row.reserves} />,
          },
          {
            name: "Haircut",
            width: "5rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ haircutBasisPoints }) => `${haircutBasisPoints / 100} %`,
          },
          {
            name: "Reserves after haircut",
            width: "1fr",
            isNumeric: true,
            isMinor: true,
            cell: (row) => <Amount asset={row.asset} decimals={row.decimals} amount={row.countedReserves} />,
          },
          {
            name: `Price, ${attestation.quote}`,
            width: "6rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ asset }) => groupedText(prices.get(asset) ?? "—"),
          },
          {
            name: "Covered",
            width: "6rem",
            cell: ({ isCovered }) => (
              <Badge tone={isCovered ? "good" : "bad"}>{isCovered ? "yes" : "no"}</Badge>
            ),
          },
        ]}
      />
    </Card>
  );
}

function Proved({ verdict: { proved, notProved } }: { readonly verdict: AttestationVerdict }) {
  return (
    <div className="columns">
      <Card title="What it proves">
        <ul className="weaknesses">
          {proved.map(({ statement, meaning }) => (
            <li key={statement}>{meaning}</li>
          ))}
        </ul>
      </Card>
      <Card title="What it does not prove">
        <ul className="weaknesses">
          {notProved.map(({ statement, meaning }) => (
            <li key={statement}>{meaning}</li>
          ))}
        </ul>
      </Card>
    </div>
  );
}

function HeldWhere({ verdict: { attestation } }: { readonly verdict: AttestationVerdict }) {
  const decimals = new Map(attestation.assets.map((row) => [row.asset, row.decimals]));
  if (attestation.holdings.length === 0) {
    return (
      <Card title="Reserves by address">
        <Empty title="No address was claimed for this snapshot" />
      </Card>
    );
  }
  return (
    <Card title="Reserves by address" aside={<span>balances at these blocks, verifiable by anyone</span>}>
      <Table
        label="Reserves by address"
        rows={attestation.holdings}
        keyOf={(row) => `${row.chain} ${row.address} ${row.asset}`}
        columns={[
          { name: "Asset", width: "5rem", cell: ({ asset }) => asset },
          {
            name: "Amount",
            width: "1fr",
            isNumeric: true,
            cell: ({ asset, amount }) => (
              <Amount asset={asset} decimals={decimals.get(asset) ?? 0} amount={amount} />
            ),
          },
          {
            name: "Address",
            width: "1fr",
            cell: ({ address }) => <HexText hex={address as Hex} label="address" />,
          },
          { name: "Chain", width: "8rem", isMinor: true, cell: ({ chain }) => chain },
          {
            name: "Block",
            width: "7rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ blockHeight }) => countText(blockHeight),
          },
          {
            name: "Proof method",
            width: "6rem",
            isMinor: true,
            cell: ({ method }) => <Badge>{method}</Badge>,
          },
        ]}
      />
      <ul className="weaknesses">
        {attestation.readings.map((reading) => (
          <li key={reading.chain}>
            {reading.chain}:{" "}
            {reading.source === "nodes"
              ? `read from ${reading.nodeCount === 1 ? "one node" : `${reading.nodeCount} nodes, ${reading.quorum} of which must agree`}`
              : `reported by ${reading.by}`}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Evidence({ id }: { readonly id: string }) {
  const role = useRole();
  const isStaff = role !== undefined && role !== "customer";
  const evidence = useReserves("getEvidence", { attestationId: id }, { isWanted: isStaff });
  if (!isStaff) return null;
  return (
    <Card title="Proofs of ownership" aside={<span>{addressesText(evidence.data?.claims.length)}</span>}>
      {evidence.data?.claims.map(({ challenge, method, signature }) => (
        <details key={challenge}>
          <summary>
            {method}: {/^address: (.*)$/im.exec(challenge)?.[1] ?? challenge.slice(0, 60)}
          </summary>
          <pre>{challenge}</pre>
          <pre>{signature}</pre>
        </details>
      ))}
      <ProblemText error={evidence.error} />
    </Card>
  );
}

function addressesText(count: number | undefined): string {
  return count === 1 ? "1 address" : `${count ?? "…"} addresses`;
}
