import { useParams } from "@tanstack/react-router";
import type { Hex } from "viem";
import { countText, toNumber } from "../../format/units.ts";
import type { TopicJson } from "../../live/chainTypes.ts";
import { usePages } from "../../live/usePages.ts";
import { Paged } from "../../ui/Paged.tsx";
import { AddressLink, Card, TransactionLink } from "../../ui/primitives.tsx";
import { NoPage } from "../../ui/states.tsx";

export function TopicPage() {
  const { topic } = useParams({ strict: false }) as { topic: string };
  if (!/^0x[0-9a-fA-F]{64}$/.test(topic)) {
    return <NoPage title="Invalid topic">A topic is 0x and 64 hexadecimal digits.</NoPage>;
  }
  return <Logs topic={topic as Hex} />;
}

function Logs({ topic }: { readonly topic: Hex }) {
  const { query, items } = usePages<TopicJson>("trellis_getLogsByTopic", [topic]);
  return (
    <>
      <h1>Logs by topic</h1>
      <Card title={topic}>
        <Paged
          label="Logs"
          query={query}
          items={items}
          none="No logs with this topic"
          keyOf={(row) => `${row.blockNumber}${row.logIndex}${row.position}`}
          columns={[
            { name: "Block", width: "7rem", cell: ({ blockNumber }) => countText(toNumber(blockNumber)) },
            { name: "Emitter", width: "1fr", cell: ({ emitter }) => <AddressLink address={emitter} /> },
            {
              name: "Transaction",
              width: "1fr",
              cell: ({ transactionHash }) => <TransactionLink hash={transactionHash} />,
            },
            {
              name: "Topic index",
              width: "5rem",
              isNumeric: true,
              isMinor: true,
              cell: ({ position }) => position,
            },
          ]}
        />
      </Card>
    </>
  );
}
