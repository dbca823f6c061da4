import { Link, useNavigate } from "@tanstack/react-router";
import { DagView, useDag } from "../../dag/DagView.tsx";
import { Legend } from "../../dag/Legend.tsx";
import { coinText, countText, gweiText, toNumber } from "../../format/units.ts";
import type { BlockJson, FinalityJson, InfoJson } from "../../live/chainTypes.ts";
import { useLiveRpc } from "../../live/node.ts";
import { AddressLink, Ago, Badge, Card, Figure } from "../../ui/primitives.tsx";
import { Answered } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { RecentBlocks } from "../blocks/RecentBlocks.tsx";
import { paceOf } from "./paceOf.ts";

export function Overview() {
  const navigate = useNavigate();
  return (
    <>
      <h1>Overview</h1>
      <Numbers />
      <Card title="Block-DAG, live" aside={<Link to="/dag">Open DAG view</Link>}>
        <DagView
          isStrip
          label="Newest blocks of the DAG. Arrow keys move between blocks, Enter opens a block."
          onSelect={({ hash }) => void navigate({ to: "/block/$id", params: { id: hash } })}
        />
        <Legend />
      </Card>
      <div className="columns">
        <Card title="Newest chain blocks" aside={<Link to="/blocks">All blocks</Link>}>
          <RecentBlocks count={8} isShort />
        </Card>
        <Card title="Finality" aside={<Link to="/validators">Validators</Link>}>
          <FinalityFigures />
        </Card>
      </div>
    </>
  );
}

function Numbers() {
  const info = useLiveRpc<InfoJson>("trellis_getInfo");
  const head = useLiveRpc<BlockJson>("eth_getBlockByNumber", ["latest", false]);
  const pool = useLiveRpc<{ pending: string; queued: string }>("txpool_status");
  const { blocks } = useDag();
  const pace = paceOf([...blocks.values()].map(({ timestampMs }) => timestampMs));
  return (
    <Answered query={info} what="Loading network">
      {({ network, chainId, blocks: count, ghostdagK }) => (
        <dl className="figures">
          <Figure label="Network" value={network} note={`chain ${toNumber(chainId)}, k = ${ghostdagK}`} />
          <Figure
            label="Head"
            value={countText(toNumber(head.data?.number))}
            note={head.data && <Ago ms={toNumber(head.data.timestamp) * 1_000} />}
          />
          <Figure
            label="Blocks in the DAG"
            value={countText(count)}
            note={pace && `${pace.toFixed(1)}/s over the last 30 s`}
          />
          <Figure
            label="Pending transactions"
            value={countText(toNumber(pool.data?.pending))}
            note={`${toNumber(pool.data?.queued)} queued (nonce gap)`}
          />
          <Figure label="Base fee" value={gweiText(BigInt(head.data?.baseFeePerGas ?? "0x0"))} />
        </dl>
      )}
    </Answered>
  );
}

function FinalityFigures() {
  const finality = useLiveRpc<FinalityJson | null>("trellis_getFinality");
  return (
    <Answered query={finality} what="Loading finality">
      {(status) =>
        status === null ? (
          <p className="soft">This node does not follow finality.</p>
        ) : (
          <>
            <p>
              {status.validators.length === 0 ? (
                <Badge tone="info">final by depth</Badge>
              ) : status.isFinalizing ? (
                <Badge tone="good">finalizing</Badge>
              ) : (
                <Badge tone="bad">not finalizing</Badge>
              )}{" "}
              checkpoint {countText(status.finalized.height)} at block{" "}
              {countText(toNumber(status.finalized.number))}, {status.lagBlocks} blocks behind the head
            </p>
            <Table
              label="Validators"
              rows={status.validators.slice(0, 6)}
              keyOf={({ address }) => address}
              columns={[
                { name: "Validator", width: "1fr", cell: ({ address }) => <AddressLink address={address} /> },
                {
                  name: "Voting power, coins",
                  width: "7rem",
                  isNumeric: true,
                  isMinor: true,
                  cell: ({ power }) => coinText(BigInt(power)),
                },
                {
                  name: "Votes signed",
                  width: "5rem",
                  isNumeric: true,
                  cell: ({ signed, missed }) => `${signed}/${signed + missed}`,
                },
              ]}
            />
          </>
        )
      }
    </Answered>
  );
}
