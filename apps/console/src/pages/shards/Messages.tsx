import { useState } from "react";
import { toNumber } from "../../format/units.ts";
import { usePages } from "../../live/usePages.ts";
import { Choice } from "../../ui/Choice.tsx";
import { Paged } from "../../ui/Paged.tsx";
import { AddressLink, Ago, Badge, Card, Coins, MessageLink, type Tone } from "../../ui/primitives.tsx";
import type { Column } from "../../ui/Table.tsx";
import { MESSAGE_STATUSES, type MessageJson } from "./shardJson.ts";

const TONES: Readonly<Record<MessageJson["status"], Tone>> = {
  pending: "info",
  finalized: "info",
  acknowledged: "plain",
  delivered: "good",
  failed: "bad",
  refunded: "warn",
};

const CHOICES = [
  ["all", "all"],
  ...MESSAGE_STATUSES.filter((status) => status !== "acknowledged").map(
    (status) => [status, status] as const,
  ),
] as const;

/** Of shard 0, which serves this page. */
export function Messages() {
  const [chosen, setChosen] = useState<(typeof CHOICES)[number][0]>("all");
  const filter = chosen === "all" ? {} : { status: chosen };
  const { query, items } = usePages<MessageJson>("trellis_getMessages", [filter]);
  return (
    <Card
      title="Messages of shard 0"
      aside={<Choice label="Status" value={chosen} onChange={setChosen} options={CHOICES} />}
    >
      <Paged
        label="Messages"
        query={query}
        items={items}
        none={chosen === "all" ? "No messages yet" : `No messages with status ${chosen} on this page`}
        keyOf={({ id }) => id}
        columns={messageColumns}
      />
    </Card>
  );
}

export const messageColumns: readonly Column<MessageJson>[] = [
  { name: "Message", width: "1fr", cell: ({ id }) => <MessageLink id={id} /> },
  { name: "Shards", width: "5rem", cell: ({ source, destination }) => `${source} → ${destination}` },
  { name: "Kind", width: "4rem", isMinor: true, cell: ({ kind }) => kind },
  { name: "Sender", width: "1fr", isMinor: true, cell: ({ sender }) => <AddressLink address={sender} /> },
  { name: "Value", width: "8rem", isNumeric: true, cell: ({ value }) => <Coins wei={BigInt(value)} /> },
  {
    name: "Sent",
    width: "7rem",
    isMinor: true,
    cell: ({ sent }) => sent && <Ago ms={toNumber(sent.timestampMs)} />,
  },
  { name: "Status", width: "7rem", cell: ({ status }) => <MessageStatus status={status} /> },
];

export function MessageStatus({ status }: Pick<MessageJson, "status">) {
  return <Badge tone={TONES[status]}>{status}</Badge>;
}
