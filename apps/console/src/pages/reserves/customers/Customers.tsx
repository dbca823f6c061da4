import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { Form, TextField } from "../../../ui/Form.tsx";
import { Badge, Card } from "../../../ui/primitives.tsx";
import { useChange, useReservesPages } from "../service/useReserves.ts";
import { Frame, OPERATORS, STAFF } from "../ui/Frame.tsx";
import { List } from "../ui/List.tsx";
import { TimeText } from "../ui/TimeText.tsx";

export function Customers() {
  const role = useRole();
  return (
    <Frame title="Customers" roles={STAFF}>
      <div className="columns">
        <Find />
        {role !== undefined && OPERATORS.includes(role) && <Add />}
      </div>
      <All />
    </Frame>
  );
}

function All() {
  const { query, items } = useReservesPages("listCustomers", {});
  const navigate = useNavigate();
  return (
    <Card title="All customers" aside={<span>oldest first</span>}>
      <List
        label="Customers"
        query={query}
        items={items}
        isWhole
        none="No customers yet"
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: "/reserves/customer/$id", params: { id } })}
        columns={[
          {
            name: "Customer",
            width: "1fr",
            cell: ({ id }) => (
              <Link to="/reserves/customer/$id" params={{ id }} title={id}>
                {id}
              </Link>
            ),
          },
          {
            name: "Added",
            width: "13rem",
            isMinor: true,
            cell: ({ addedAtMs }) => <TimeText ms={addedAtMs} />,
          },
          {
            name: "State",
            width: "7rem",
            cell: ({ isErased }) =>
              isErased ? <Badge tone="warn">erased</Badge> : <Badge tone="good">active</Badge>,
          },
        ]}
      />
    </Card>
  );
}

const ID_CHARS_MAX = 128;

function Find() {
  const [id, setId] = useState("");
  const navigate = useNavigate();
  const wrong = id.trim() === "" ? "Enter a customer ID." : undefined;
  return (
    <Card title="Find a customer">
      <Form
        label="Find a customer"
        isValid={wrong === undefined}
        isSending={false}
        onSubmit={() => void navigate({ to: "/reserves/customer/$id", params: { id: id.trim() } })}
        action="Open"
      >
        <TextField label="Customer ID" value={id} onChange={setId} maxLength={ID_CHARS_MAX} wrong={wrong} />
      </Form>
    </Card>
  );
}

const ADDED_AT_ONCE_MAX = 10_000;

function Add() {
  const [text, setText] = useState("");
  const adding = useChange("addCustomers", ["listCustomers"]);
  const ids = [...new Set(text.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
  const wrong =
    ids.length === 0
      ? "Enter at least one ID."
      : ids.length > ADDED_AT_ONCE_MAX
        ? `At most ${ADDED_AT_ONCE_MAX} at once.`
        : ids.some((id) => id.length > ID_CHARS_MAX)
          ? `A customer ID has at most ${ID_CHARS_MAX} characters.`
          : undefined;
  return (
    <Card title="Add customers">
      <Form
        label="Add customers"
        isValid={wrong === undefined}
        isSending={adding.isPending}
        onSubmit={() => adding.mutate({ body: { ids } }, { onSuccess: () => setText("") })}
        action={ids.length > 1 ? `Add ${ids.length}` : "Add"}
      >
        <TextField
          label="Customer IDs"
          value={text}
          onChange={setText}
          isLong
          maxLength={ADDED_AT_ONCE_MAX * (ID_CHARS_MAX + 1)}
          hint="One per line. Existing customers stay unchanged."
          wrong={wrong}
        />
      </Form>
      {adding.data !== undefined && (
        <p role="status" className="good">
          {adding.data.addedCount} added
        </p>
      )}
      <ProblemText error={adding.error} />
    </Card>
  );
}
