import { useParams } from "@tanstack/react-router";
import type { Hex } from "viem";
import { staking } from "../../contracts/staking.ts";
import { countText } from "../../format/units.ts";
import type { CertificateJson } from "../../live/chainTypes.ts";
import { useContract } from "../../live/contracts.ts";
import { useLiveRpc } from "../../live/node.ts";
import { Badge, BlockLink, Card, Coins, Fact, Facts, HexText } from "../../ui/primitives.tsx";
import { Answered, Empty, NoPage } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { ValidatorLink } from "./Checkpoints.tsx";

export function CheckpointPage() {
  const { height } = useParams({ strict: false }) as { height: string };
  if (!/^[1-9]\d{0,14}$/.test(height)) {
    return <NoPage title="This is not a checkpoint">Checkpoints are numbered from 1.</NoPage>;
  }
  return <CheckpointOfHeight height={height} />;
}

function CheckpointOfHeight({ height }: { readonly height: string }) {
  const certificate = useLiveRpc<CertificateJson | null>("trellis_getCertificate", [
    `0x${Number(height).toString(16)}`,
  ]);
  return (
    <Answered query={certificate} what="Reading the certificate">
      {(found) =>
        found === null ? (
          <NoPage title={`There is no checkpoint ${countText(BigInt(height))} here`}>
            Nobody has voted on it yet, or this node has pruned its certificate.
          </NoPage>
        ) : (
          <Checkpoint certificate={found} />
        )
      }
    </Answered>
  );
}

function Checkpoint({ certificate }: { readonly certificate: CertificateJson }) {
  const { height, epoch, round, step, value, signers, bitmap, signature } = certificate;
  const members = useContract(staking, "activeSet", [BigInt(epoch)]);
  const rows = (members.data ?? []).map(({ validator, power }, place) => ({
    ...{ validator, power, place },
    isSigned: signers.includes(place),
  }));
  const all = rows.reduce((sum, { power }) => sum + power, 0n);
  const signed = rows.reduce((sum, { power, isSigned }) => (isSigned ? sum + power : sum), 0n);
  return (
    <>
      <h1>
        Checkpoint {countText(height)} <Badge tone="good">final</Badge>
      </h1>
      <Card title="Certificate">
        <Facts>
          <Fact name="Block">
            <BlockLink hash={value} isWhole />
          </Fact>
          <Fact name="Epoch">{countText(epoch)}</Fact>
          <Fact name="Round">
            {round} {round > 0 && <Badge tone="warn">{round} rounds found no two thirds</Badge>}
          </Fact>
          <Fact name="Step">{step}</Fact>
          {all > 0n && (
            <Fact name="Signed by">
              {signers.length} of {rows.length} validators, {Number((signed * 1_000n) / all) / 10} % of the
              stake
            </Fact>
          )}
          <Fact name="Signers, lowest bit first">
            <HexText hex={bitmap} label="signers" isWhole />
          </Fact>
          <Fact name="Aggregate signature">
            <HexText hex={signature} label="signature" isWhole />
          </Fact>
        </Facts>
      </Card>
      <Card title="Its voters">
        {rows.length === 0 ? (
          <Empty title="The set of this epoch is no more in the state">
            Sets of the last 66 epochs are kept.
          </Empty>
        ) : (
          <Voters rows={rows} />
        )}
      </Card>
    </>
  );
}

function Voters({
  rows,
}: {
  readonly rows: readonly {
    readonly validator: Hex;
    readonly power: bigint;
    readonly place: number;
    readonly isSigned: boolean;
  }[];
}) {
  return (
    <Table
      label="Voters"
      rows={rows}
      keyOf={({ validator }) => validator}
      columns={[
        { name: "Place", width: "3.5rem", isNumeric: true, isMinor: true, cell: ({ place }) => place },
        { name: "Validator", width: "1fr", cell: ({ validator }) => <ValidatorLink address={validator} /> },
        {
          name: "Stake, coins",
          width: "8rem",
          isNumeric: true,
          cell: ({ power }) => <Coins wei={power} isBare />,
        },
        {
          name: "Vote",
          width: "7rem",
          cell: ({ isSigned }) =>
            isSigned ? <Badge tone="good">signed</Badge> : <Badge tone="warn">not in it</Badge>,
        },
      ]}
    />
  );
}
