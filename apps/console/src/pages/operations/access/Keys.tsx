import { useState } from "react";
import { timeText } from "../../../format/timeText.ts";
import { Ago, Badge, Card, Copy, When } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { AsOf } from "../AsOf.tsx";
import { Confirm } from "../Confirm.tsx";
import { ServiceList } from "../ServiceList.tsx";
import { pathOf, type ServiceName } from "../services.ts";
import { useServiceChange } from "../useService.ts";
import { useServicePages } from "../useServicePages.ts";
import type { KeyJson, NewKeyJson } from "./KeyJson.ts";
import { NewKey } from "./NewKey.tsx";

const EVERY_MS = 10_000;
const OVERLAP_MS = 86_400_000;

export function Keys({ service }: { readonly service: ServiceName }) {
  const path = `${pathOf(service)}/api-keys`;
  const { query, items } = useServicePages<KeyJson>(`${path}?limit=100`, EVERY_MS);
  const [shown, setShown] = useState<NewKeyJson>();
  return (
    <Card title="API keys" aside={<AsOf query={query} />}>
      {shown !== undefined && <Secret made={shown} onSeen={() => setShown(undefined)} />}
      <ServiceList query={query} items={items} what="Loading API keys" none={<Empty title="No API keys" />}>
        {(keys) => <KeyTable path={path} keys={keys} onNew={setShown} />}
      </ServiceList>
      <NewKey service={service} onMade={setShown} />
    </Card>
  );
}

function Secret({ made: { key, text }, onSeen }: { readonly made: NewKeyJson; readonly onSeen: () => void }) {
  return (
    <div className="notice notice-good secret" role="status">
      <strong>Copy the key “{key.name}” now. It is not shown again.</strong>
      <p className="hex">
        <code>{text}</code>
        <Copy text={text} label="API key" />
      </p>
      <button type="button" onClick={onSeen}>
        I have stored it
      </button>
    </div>
  );
}

function KeyTable({
  path,
  keys,
  onNew,
}: {
  readonly path: string;
  readonly keys: readonly KeyJson[];
  readonly onNew: (made: NewKeyJson) => void;
}) {
  return (
    <Table
      label="API keys"
      rows={keys}
      keyOf={({ id }) => id}
      columns={[
        { name: "Name", width: "1fr", cell: ({ name }) => <b title={name}>{name}</b> },
        { name: "State", width: "6rem", cell: (key) => <State apiKey={key} /> },
        {
          name: "Role",
          width: "10rem",
          cell: ({ role, customerId }) => (
            <>
              <Badge>{role}</Badge> {customerId}
            </>
          ),
        },
        {
          name: "Scopes",
          width: "1fr",
          isMinor: true,
          cell: ({ scopes }) => <code title={scopes.join(" ")}>{scopes.join(" ")}</code>,
        },
        {
          name: "Created by",
          width: "1fr",
          isMinor: true,
          cell: ({ createdBy }) => <span title={createdBy}>{createdBy}</span>,
        },
        {
          name: "Created",
          width: "7rem",
          isMinor: true,
          cell: ({ createdAtMs }) => <Ago ms={createdAtMs} />,
        },
        {
          name: "Last used",
          width: "7rem",
          isMinor: true,
          cell: ({ lastUsedAtMs }) =>
            lastUsedAtMs === null ? <span className="soft">never</span> : <Ago ms={lastUsedAtMs} />,
        },
        {
          name: "Action",
          width: "11rem",
          cell: (key) => key.revokedAtMs === null && <KeyActions path={path} apiKey={key} onNew={onNew} />,
        },
      ]}
    />
  );
}

function KeyActions({
  path,
  apiKey: { id, name },
  onNew,
}: {
  readonly path: string;
  readonly apiKey: KeyJson;
  readonly onNew: (made: NewKeyJson) => void;
}) {
  const rotate = useServiceChange<NewKeyJson>();
  const revoke = useServiceChange();
  return (
    <span className="buttons">
      <Confirm
        label="Rotate"
        title={`Rotate the secret of “${name}”?`}
        action="Rotate"
        isSending={rotate.isPending}
        error={rotate.error}
        onConfirm={async () =>
          onNew(
            await rotate.mutateAsync({
              path: `${path}/${encodeURIComponent(id)}/rotation`,
              method: "POST",
              body: { overlapMs: OVERLAP_MS },
            }),
          )
        }
      >
        <p>The old secret stays valid for one day, so that clients can switch.</p>
      </Confirm>
      <Confirm
        label="Revoke"
        title={`Revoke “${name}”?`}
        action="Revoke"
        isDangerous
        phrase={name}
        isSending={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutateAsync({ path: `${path}/${encodeURIComponent(id)}`, method: "DELETE" })}
      >
        <p>The next request with this key is rejected. This cannot be undone.</p>
      </Confirm>
    </span>
  );
}

function State({ apiKey: { revokedAtMs, expiresAtMs } }: { readonly apiKey: KeyJson }) {
  if (revokedAtMs !== null) return <Badge tone="bad">revoked</Badge>;
  if (expiresAtMs === null) return <Badge tone="good">active</Badge>;
  return expiresAtMs < Date.now() ? (
    <Badge tone="bad">expired</Badge>
  ) : (
    <span title={`valid until ${timeText(expiresAtMs)}`}>
      <Badge tone="good">active</Badge>
      <span className="visually-hidden">
        <When ms={expiresAtMs} />
      </span>
    </span>
  );
}
