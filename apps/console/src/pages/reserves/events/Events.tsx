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

/** What happens while one looks; after a break it goes on where it was. */
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
          {isOpen ? <Badge tone="good">open</Badge> : <Badge tone="bad">closed, opens by itself</Badge>}
          {resumedCount > 0 && ` went on ${resumedCount} times`}
        </span>
      }
    >
      {hasGap && (
        <p className="notice notice-warn">
          Some events in between were not kept by the service: look at the pages again.
        </p>
      )}
      {events.length === 0 ? (
        <Empty title="Nothing has happened yet">
          Balances, snapshots, attestations and incidents come here.
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
                name: "About",
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
