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
    return <NoPage title="Invalid checkpoint number">Checkpoints are numbered from 1.</NoPage>;
  }
  return <CheckpointOfHeight height={height} />;
}

function CheckpointOfHeight({ height }: { readonly height: string }) {
  const certificate = useLiveRpc<CertificateJson | null>("trellis_getCertificate", [
    `0x${Number(height).toString(16)}`,
  ]);
  return (
    <Answered query={certificate} what="Loading certificate">
      {(found) =>
        found === null ? (
          <NoPage title={`Checkpoint ${countText(BigInt(height))} not found`}>
            The checkpoint has no certificate yet, or this node has pruned it.
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
    validator,
    power,
    place,
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
            {round} {round > 0 && <Badge tone="warn">{round} rounds without two thirds</Badge>}
          </Fact>
          <Fact name="Step">{step}</Fact>
          {all > 0n && (
            <Fact name="Signed by">
              {signers.length} of {rows.length} validators, {Number((signed * 1_000n) / all) / 10} % of the
              voting power
            </Fact>
          )}
          <Fact name="Signer bitmap, lowest bit first">
            <HexText hex={bitmap} label="signers" isWhole />
          </Fact>
          <Fact name="Aggregate signature">
            <HexText hex={signature} label="signature" isWhole />
          </Fact>
        </Facts>
      </Card>
      <Card title="Validators">
        {rows.length === 0 ? (
          <Empty title="The validator set of this epoch is no longer in the state">
            The state keeps the sets of the last 66 epochs.
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
      label="Validators"
      rows={rows}
      keyOf={({ validator }) => validator}
      columns={[
        { name: "Index", width: "3.5rem", isNumeric: true, isMinor: true, cell: ({ place }) => place },
        { name: "Validator", width: "1fr", cell: ({ validator }) => <ValidatorLink address={validator} /> },
        {
          name: "Voting power, coins",
          width: "8rem",
          isNumeric: true,
          cell: ({ power }) => <Coins wei={power} isBare />,
        },
        {
          name: "Vote",
          width: "7rem",
          cell: ({ isSigned }) =>
            isSigned ? <Badge tone="good">signed</Badge> : <Badge tone="warn">missed</Badge>,
        },
      ]}
    />
  );
}
