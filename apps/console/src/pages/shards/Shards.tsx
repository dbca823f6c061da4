import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { countText, toNumber } from "../../format/units.ts";
import { useLiveRpc } from "../../live/node.ts";
import { Form, TextField } from "../../ui/Form.tsx";
import { Badge, Card } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { flowOf } from "./flowOf.ts";
import { HASH } from "./MessagePage.tsx";
import { Messages } from "./Messages.tsx";
import type { ShardJson } from "./shardJson.ts";
import "../../chart/table.css";

const UNKNOWN = "–";

export function Shards() {
  const shards = useLiveRpc<readonly ShardJson[]>("trellis_getShards");
  return (
    <>
      <h1>Shards</h1>
      <Answered query={shards} what="Loading shards">
        {(rows) =>
          rows.length === 1 ? (
            <Card title="One shard">
              <Empty title="This network has one shard">
                There are no other shards, so no messages between them.
              </Empty>
            </Card>
          ) : (
            <>
              <ShardList shards={rows} />
              <Flows shards={rows} />
              <FindMessage />
              <Messages />
            </>
          )
        }
      </Answered>
    </>
  );
}

export function ShardList({ shards }: { readonly shards: readonly ShardJson[] }) {
  return (
    <Card title="Shards">
      <Table
        label="Shards"
        rows={shards}
        keyOf={({ shard }) => String(shard)}
        columns={[
          { name: "Shard", width: "4rem", cell: ({ shard }) => String(shard) },
          { name: "Chain ID", width: "7rem", isMinor: true, cell: ({ chainId }) => quantity(chainId) },
          {
            name: "Followed",
            width: "1fr",
            cell: ({ isFollowed }) =>
              isFollowed ? <Badge tone="good">followed</Badge> : <Badge>not followed</Badge>,
          },
          { name: "Block", width: "7rem", isNumeric: true, cell: ({ number }) => quantity(number) },
          { name: "Finality lag", width: "9rem", isNumeric: true, cell: lagText },
          { name: "Gas used", width: "6rem", isNumeric: true, cell: ({ gasShare }) => percent(gasShare) },
          {
            name: "Transactions/s",
            width: "8rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ transactionsPerSecond: rate }) => (rate === null ? UNKNOWN : rate.toFixed(1)),
          },
          {
            name: "Recorded in shard 0",
            width: "10rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ record }) => quantity(record?.number ?? null),
          },
        ]}
      />
    </Card>
  );
}

function quantity(value: ShardJson["number"]): string {
  return value === null ? UNKNOWN : countText(toNumber(value));
}

function percent(share: number | null): string {
  return share === null ? UNKNOWN : `${(share * 100).toFixed(1)} %`;
}

function lagText({ finalityLagBlocks: blocks, finalityLagMs: ms }: ShardJson): string {
  if (blocks === null || ms === null) return UNKNOWN;
  return `${countText(toNumber(blocks))} blocks, ${Math.round(toNumber(ms) / 1_000)} s`;
}

export function Flows({ shards }: { readonly shards: readonly ShardJson[] }) {
  return (
    <Card title="Messages between shards" aside={<span>in flight / delivered, since genesis</span>}>
      <table className="plain" aria-label="Messages from each shard to each other">
        <thead>
          <tr>
            <th scope="col">From</th>
            {shards.map(({ shard }) => (
              <th key={shard} scope="col" className="numeric">
                to {shard}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shards.map((from) => (
            <tr key={from.shard}>
              <th scope="row">shard {from.shard}</th>
              {shards.map((to) => (
                <td key={to.shard} className="numeric">
                  {from === to ? "" : flowText(from, to)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function flowText(from: ShardJson, to: ShardJson): string {
  const flow = flowOf(from, to);
  return flow === undefined ? UNKNOWN : `${countText(flow.inFlight)} / ${countText(flow.delivered)}`;
}

function FindMessage() {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const id = text.trim();
  const isValid = HASH.test(id);
  return (
    <Card title="Find a message">
      <Form
        label="Find a message"
        isValid={isValid}
        isSending={false}
        onSubmit={() => void navigate({ to: "/message/$id", params: { id } })}
        action="Show"
      >
        <TextField
          label="Message ID or transaction hash"
          hint="of the message, of the transaction that sent it, or of its delivery"
          value={text}
          onChange={setText}
          wrong={isValid ? undefined : "64 hexadecimal digits after 0x"}
        />
      </Form>
    </Card>
  );
}
