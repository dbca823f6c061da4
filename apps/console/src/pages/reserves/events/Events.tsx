import { useState } from "react";
import { countText } from "../../../format/units.ts";
import { SelectField } from "../../../ui/Form.tsx";
import { Ago, Badge, Card } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import type { ServiceEvent } from "../service/EventFeed.ts";
import { useFeed } from "../service/live.ts";
import { Frame } from "../ui/Frame.tsx";

const ALL = "all";

export function Events() {
  return (
    <Frame title="Events" roles={["admin", "operator", "auditor", "customer"]}>
      <Feed />
    </Frame>
  );
}

function Feed() {
  const { events, isOpen, resumedCount, hasGap } = useFeed();
  const [type, setType] = useState(ALL);
  const types = [...new Set(events.map((event) => event.type))].toSorted();
  const shown = type === ALL ? events : events.filter((event) => event.type === type);
  return (
    <Card
      title="Since you opened the console"
      aside={
        <span role="status">
          {isOpen ? (
            <Badge tone="good">connected</Badge>
          ) : (
            <Badge tone="bad">disconnected, reconnects automatically</Badge>
          )}
          {resumedCount > 0 && `, reconnected ${resumedCount} times`}
        </span>
      }
    >
      {hasGap && (
        <p className="notice notice-warn">
          Some events are missing. Reload the page to see the current data.
        </p>
      )}
      {events.length === 0 ? (
        <Empty title="No events yet">
          Changes of balances, snapshots, attestations and incidents appear here.
        </Empty>
      ) : (
        <>
          <SelectField
            label="Show"
            value={type}
            onChange={setType}
            options={[[ALL, "all"], ...types.map((one) => [one, one] as const)]}
          />
          <Table
            label="Events"
            rows={shown}
            keyOf={({ position }) => String(position)}
            columns={[
              {
                name: "Position",
                width: "6rem",
                isNumeric: true,
                cell: ({ position }: ServiceEvent) => countText(position),
              },
              { name: "Event", width: "12rem", cell: (event) => <Badge tone="info">{event.type}</Badge> },
              {
                name: "Data",
                width: "1fr",
                cell: ({ data }) => {
                  const text = JSON.stringify(data);
                  return <code title={text}>{text}</code>;
                },
              },
              { name: "When", width: "8rem", isMinor: true, cell: ({ timeMs }) => <Ago ms={timeMs} /> },
            ]}
          />
        </>
      )}
    </Card>
  );
}
