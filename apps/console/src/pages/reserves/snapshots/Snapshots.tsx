import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { countText } from "../../../format/units.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { Form, SelectField } from "../../../ui/Form.tsx";
import { Ago, Badge, Card } from "../../../ui/primitives.tsx";
import { refresh, useChange, useReservesPages } from "../service/useReserves.ts";
import { Frame, OPERATORS } from "../ui/Frame.tsx";
import { JobProgress } from "../ui/JobProgress.tsx";
import { List } from "../ui/List.tsx";
import { TimeText } from "../ui/TimeText.tsx";

export function Snapshots() {
  const role = useRole();
  const { query, items } = useReservesPages("listSnapshots", {});
  const navigate = useNavigate();
  return (
    <Frame title="Snapshots">
      {role !== undefined && OPERATORS.includes(role) && <Begin />}
      <Card title="All snapshots" aside={<span>newest first</span>}>
        <List
          label="Snapshots"
          query={query}
          items={items}
          none="No snapshots yet"
          keyOf={({ number }) => String(number)}
          onOpen={({ number }) =>
            void navigate({ to: "/reserves/snapshot/$number", params: { number: String(number) } })
          }
          columns={[
            {
              name: "Number",
              width: "5rem",
              isNumeric: true,
              cell: ({ number }) => (
                <Link to="/reserves/snapshot/$number" params={{ number: String(number) }}>
                  {countText(number)}
                </Link>
              ),
            },
            {
              name: "State",
              width: "8rem",
              cell: ({ state }) => <Badge tone={state === "signed" ? "good" : "info"}>{state}</Badge>,
            },
            { name: "Age", width: "6rem", cell: ({ timeMs }) => <Ago ms={timeMs} /> },
            { name: "Time", width: "1fr", isMinor: true, cell: ({ timeMs }) => <TimeText ms={timeMs} /> },
            {
              name: "Ledger position",
              width: "11rem",
              isNumeric: true,
              isMinor: true,
              cell: ({ position }) => countText(BigInt(position)),
            },
          ]}
        />
      </Card>
    </Frame>
  );
}

function Begin() {
  const [scheme, setScheme] = useState<"sum" | "plain">("sum");
  const taking = useChange("takeSnapshot");
  return (
    <Card title="Create a snapshot">
      <Form
        label="Create a snapshot"
        isValid
        isSending={taking.isPending}
        onSubmit={() => taking.mutate({ body: { scheme } })}
        action="Create snapshot"
      >
        <SelectField
          label="Scheme"
          value={scheme}
          onChange={setScheme}
          options={[
            ["sum", "sum: proves every balance and the totals"],
            ["plain", "plain: proves only that a balance is in the list"],
          ]}
          hint="The service reads all balances, builds the tree, signs its record, publishes the record in the log and anchors it on-chain."
        />
      </Form>
      {taking.data !== undefined && (
        <JobProgress
          key={taking.data.id}
          job={taking.data}
          onDone={() => refresh(["listSnapshots", "getSnapshot", "getLogHead"])}
        />
      )}
      <ProblemText error={taking.error} />
    </Card>
  );
}
