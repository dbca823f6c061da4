import { countText, toNumber } from "../../format/units.ts";
import type { FinalityJson, ValidatorJson } from "../../live/chainTypes.ts";
import { useLiveRpc } from "../../live/node.ts";
import { Badge, BlockLink, Card, Coins, Figure, HexText } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { Checkpoints, HeightLink, ValidatorLink } from "./Checkpoints.tsx";
import { EvidenceList } from "./EvidenceList.tsx";
import { Meter } from "./Meter.tsx";

export function Validators() {
  const finality = useLiveRpc<FinalityJson | null>("trellis_getFinality");
  return (
    <>
      <h1>Validators and checkpoints</h1>
      <Answered query={finality} what="Loading finality">
        {(status) =>
          status === null ? (
            <Empty title="This node does not follow finality" />
          ) : (
            <Finality status={status} />
          )
        }
      </Answered>
    </>
  );
}

function Finality({ status }: { readonly status: FinalityJson }) {
  const { validators, finalized } = status;
  const stake = validators.reduce((sum, { power }) => sum + BigInt(power), 0n);
  return (
    <>
      <Numbers status={status} stakeWei={stake} />
      <Card title={`Validators (${validators.length})`}>
        {validators.length === 0 ? (
          <Empty title="No active validators">Blocks become final by depth.</Empty>
        ) : (
          <Table
            label="Validators"
            rows={validators}
            keyOf={({ address }) => address}
            columns={[
              {
                name: "Validator",
                width: "1fr",
                cell: (row) => <Name row={row} isSelf={row.index === status.self} />,
              },
              {
                name: "Voting power, coins",
                width: "9rem",
                isNumeric: true,
                isMinor: true,
                cell: ({ power }) => <Coins wei={BigInt(power)} isBare />,
              },
              {
                name: "Share",
                width: "5rem",
                isNumeric: true,
                isMinor: true,
                cell: ({ power }) => shareText(BigInt(power), stake),
              },
              {
                name: "Votes signed",
                width: "8rem",
                cell: ({ signed, missed }) => <Meter part={signed} whole={signed + missed} />,
              },
              {
                name: "Key",
                width: "1fr",
                isMinor: true,
                cell: ({ publicKey }) => <HexText hex={publicKey} label="key" />,
              },
            ]}
          />
        )}
      </Card>
      <Checkpoints newest={finalized.height} />
      <EvidenceList />
    </>
  );
}

function Numbers({ status, stakeWei }: { readonly status: FinalityJson; readonly stakeWei: bigint }) {
  const { validators, finalized, vote, epoch, lagBlocks, lagMs, isFinalizing } = status;
  return (
    <dl className="figures">
      <Figure
        label="Finality"
        value={
          validators.length === 0 ? (
            <Badge tone="info">by depth</Badge>
          ) : isFinalizing ? (
            <Badge tone="good">finalizing</Badge>
          ) : (
            <Badge tone="bad">not finalizing</Badge>
          )
        }
        note={`${lagBlocks} blocks, ${(lagMs / 1_000).toFixed(1)} s behind the head`}
      />
      <Figure
        label="Newest checkpoint"
        value={finalized.height === 0 ? "none yet" : <HeightLink height={finalized.height} />}
        note={<BlockLink hash={finalized.hash}>block {countText(toNumber(finalized.number))}</BlockLink>}
      />
      <Figure
        label="Epoch"
        value={countText(epoch)}
        note={`${validators.length} ${validators.length === 1 ? "validator" : "validators"}`}
      />
      <Figure
        label="Current vote"
        value={vote === null ? "none" : `height ${countText(vote.height)}`}
        note={vote === null ? undefined : `round ${vote.round}, ${vote.step}`}
      />
      <Figure label="Total voting power" value={<Coins wei={stakeWei} />} />
    </dl>
  );
}

function Name({ row, isSelf }: { readonly row: ValidatorJson; readonly isSelf: boolean }) {
  return (
    <>
      <ValidatorLink address={row.address} /> {isSelf && <Badge tone="info">this node</Badge>}
    </>
  );
}

function shareText(power: bigint, stake: bigint): string {
  return stake === 0n ? "–" : `${(Number((power * 10_000n) / stake) / 100).toFixed(1)} %`;
}
