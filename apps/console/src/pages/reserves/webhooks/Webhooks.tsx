import type { RegisterWebhookBody, Webhook } from "@trellis/client/reserves";
import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Field, Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { Badge, Card, type Tone } from "../../../ui/primitives.tsx";
import { useChange, useReservesPages } from "../service/useReserves.ts";
import { Frame, OPERATORS } from "../ui/Frame.tsx";
import { List } from "../ui/List.tsx";
import { TimeText } from "../ui/TimeText.tsx";

export function Webhooks() {
  const [chosen, setChosen] = useState<Webhook>();
  return (
    <Frame title="Webhooks" roles={OPERATORS}>
      <Register />
      <All onOpen={setChosen} />
      {chosen !== undefined && <Deliveries key={chosen.id} webhook={chosen} />}
    </Frame>
  );
}

type EventType = RegisterWebhookBody["eventTypes"][number];
const TYPES: readonly Exclude<EventType, "*">[] = [
  "balance.changed",
  "debt.changed",
  "snapshot.published",
  "snapshot.anchored",
  "attestation.published",
  "incident.opened",
  "incident.changed",
  "incident.closed",
];

function Register() {
  const [url, setUrl] = useState("");
  const [types, setTypes] = useState<ReadonlySet<EventType>>(new Set());
  const registering = useChange("registerWebhook", ["listWebhooks"]);
  const wrongUrl = URL.canParse(url.trim())
    ? undefined
    : "Enter a URL, such as https://receiver.example/hook.";
  const toggle = (type: EventType): void => {
    const next = new Set(types);
    if (!next.delete(type)) next.add(type);
    setTypes(next);
  };
  return (
    <Card title="Register a webhook">
      <Form
        label="Register a webhook"
        isValid={wrongUrl === undefined}
        isSending={registering.isPending}
        onSubmit={() =>
          registering.mutate(
            { body: { url: url.trim(), eventTypes: types.size === 0 ? ["*"] : [...types] } },
            { onSuccess: () => setUrl("") },
          )
        }
        action="Register"
      >
        <TextField
          label="URL"
          value={url}
          onChange={setUrl}
          maxLength={2_048}
          placeholder="https://"
          hint="Deliveries are signed (RFC 9421) and retried for about a day."
          wrong={wrongUrl}
        />
        <Field label="Events" hint="None selected: all events.">
          {({ id, "aria-describedby": describedBy }) => (
            <fieldset id={id} aria-describedby={describedBy} className="choices">
              <legend className="visually-hidden">Events</legend>
              {TYPES.map((type) => (
                <label key={type}>
                  <input type="checkbox" checked={types.has(type)} onChange={() => toggle(type)} /> {type}
                </label>
              ))}
            </fieldset>
          )}
        </Field>
      </Form>
      <ProblemText error={registering.error} />
    </Card>
  );
}

function All({ onOpen }: { readonly onOpen: (webhook: Webhook) => void }) {
  const { query, items } = useReservesPages("listWebhooks", {});
  return (
    <Card title="Registered webhooks">
      <List
        label="Webhooks"
        query={query}
        items={items}
        none="No webhooks yet"
        keyOf={({ id }) => id}
        onOpen={onOpen}
        columns={[
          {
            name: "URL",
            width: "1fr",
            cell: (row) => (
              <button type="button" className="link" title={row.url} onClick={() => onOpen(row)}>
                {row.url}
              </button>
            ),
          },
          { name: "Events", width: "1fr", isMinor: true, cell: ({ eventTypes }) => eventTypes.join(", ") },
          { name: "Created by", width: "9rem", isMinor: true, cell: ({ createdBy }) => createdBy },
          { name: "Action", width: "8rem", cell: ({ id }) => <Remove id={id} /> },
        ]}
      />
    </Card>
  );
}

function Remove({ id }: { readonly id: string }) {
  const [isSure, setSure] = useState(false);
  const removing = useChange("removeWebhook", ["listWebhooks"]);
  return (
    <button
      type="button"
      disabled={removing.isPending}
      onBlur={() => setSure(false)}
      onClick={() => (isSure ? removing.mutate({ webhookId: id }) : setSure(true))}
    >
      {isSure ? "Confirm" : "Remove"}
    </button>
  );
}

const TONES: Readonly<Record<"waiting" | "delivered" | "dead", Tone>> = {
  waiting: "info",
  delivered: "good",
  dead: "bad",
};
type Shown = keyof typeof TONES | "all";

function Deliveries({ webhook: { id, url } }: { readonly webhook: Webhook }) {
  const [shown, setShown] = useState<Shown>("all");
  const { query, items } = useReservesPages("listDeliveries", {
    webhookId: id,
    ...(shown === "all" ? {} : { state: shown }),
  });
  const replaying = useChange("replayDelivery", ["listDeliveries"]);
  return (
    <Card title="Deliveries" aside={<span>{url}</span>}>
      <SelectField
        label="Show"
        value={shown}
        onChange={setShown}
        options={[
          ["all", "all"],
          ["waiting", "waiting"],
          ["delivered", "delivered"],
          ["dead", "dead letters"],
        ]}
      />
      <List
        label="Deliveries"
        query={query}
        items={items}
        none="No deliveries"
        keyOf={(row) => row.id}
        columns={[
          { name: "State", width: "7rem", cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge> },
          { name: "Event", width: "1fr", cell: ({ eventType }) => eventType },
          {
            name: "Attempts",
            width: "5rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ attempts }) => attempts,
          },
          {
            name: "Last result",
            width: "1fr",
            isMinor: true,
            cell: ({ lastOutcome }) => lastOutcome ?? "—",
          },
          {
            name: "Created",
            width: "13rem",
            isMinor: true,
            cell: ({ createdAtMs }) => <TimeText ms={createdAtMs} />,
          },
          {
            name: "Action",
            width: "7rem",
            cell: (row) => (
              <button
                type="button"
                disabled={replaying.isPending}
                onClick={() => replaying.mutate({ deliveryId: row.id })}
              >
                Retry
              </button>
            ),
          },
        ]}
      />
      <ProblemText error={replaying.error} />
    </Card>
  );
}
