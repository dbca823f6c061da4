import type { Job } from "@trellis/client/reserves";
import { useState } from "react";
import { countText } from "../../../format/units.ts";
import { useRole } from "../../../session/session.ts";
import { SelectField } from "../../../ui/Form.tsx";
import { Ago, Badge, Card, HexText, type Tone, When } from "../../../ui/primitives.tsx";
import { Answered, Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { AsOf } from "../AsOf.tsx";
import { Confirm } from "../Confirm.tsx";
import { ServiceChoice, WithAccess } from "../ServiceChoice.tsx";
import { KNOWING, pathOf, type ServiceName } from "../services.ts";
import { useService, useServiceChange } from "../useService.ts";
import "../operations.css";

interface KeyJson {
  readonly purpose: string;
  readonly version: number;
  readonly algorithm: string;
  readonly publicKey: string | null;
  readonly createdAtMs: number | null;
  readonly activeAtMs: number | null;
  readonly state: "active" | "later" | "earlier" | "retired";
}

interface RingJson {
  readonly isChangeable: boolean;
  readonly items: readonly KeyJson[];
}

const EVERY_MS = 10_000;
const JOB_EVERY_MS = 3_000;
const TONES: Readonly<Record<KeyJson["state"], Tone>> = {
  active: "good",
  later: "info",
  earlier: "plain",
  retired: "warn",
};
const USES: Readonly<Record<string, string>> = {
  record: "signs snapshots and attestations",
  log: "signs heads of the transparency log",
  webhook: "signs webhooks",
  session: "signs browser sessions",
  encryption: "encrypts stored values",
};
const READERS = ["admin", "auditor"];

export function ServiceKeys() {
  const role = useRole();
  const [service, setService] = useState<ServiceName>(KNOWING[0] ?? "reserves");
  return (
    <>
      <div className="page-head">
        <h1>Keys</h1>
        <ServiceChoice value={service} onChange={setService} among={KNOWING} />
      </div>
      <WithAccess service={service}>
        {READERS.includes(role ?? "") ? (
          <>
            <Ring key={service} service={service} isAdmin={role === "admin"} />
            {service === "reserves" && <Encryption isAdmin={role === "admin"} />}
          </>
        ) : (
          <Card title="Keys of the service">
            <Empty title="Only admins and auditors can see keys" />
          </Card>
        )}
      </WithAccess>
    </>
  );
}

function Ring({ service, isAdmin }: { readonly service: ServiceName; readonly isAdmin: boolean }) {
  const path = `${pathOf(service)}/operations/keys`;
  const query = useService<RingJson>(path, EVERY_MS);
  return (
    <Answered query={query} what="Loading keys">
      {({ isChangeable, items }) => (
        <Card title="Keys of the service" aside={<AsOf query={query} />}>
          <KeyTable path={path} keys={items} mayChange={isAdmin && isChangeable} />
          {!isChangeable && (
            <p className="soft">
              These keys come from the setting <code>keyFrom</code>. Change them there with{" "}
              <code>trellis keys</code>.
            </p>
          )}
          {isChangeable && !isAdmin && <p className="soft">Only an admin can rotate and retire keys.</p>}
        </Card>
      )}
    </Answered>
  );
}

function KeyTable({
  path,
  keys,
  mayChange,
}: {
  readonly path: string;
  readonly keys: readonly KeyJson[];
  readonly mayChange: boolean;
}) {
  return (
    <Table
      label="Keys"
      rows={keys}
      keyOf={({ purpose, version }) => `${purpose}/${version}`}
      columns={[
        {
          name: "Key",
          width: "8.5rem",
          cell: ({ purpose, version }) => (
            <b>
              {purpose}/{version}
            </b>
          ),
        },
        { name: "State", width: "5.5rem", cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge> },
        { name: "Use", width: "1fr", isMinor: true, cell: ({ purpose }) => USES[purpose] ?? "" },
        { name: "Algorithm", width: "7rem", isMinor: true, cell: ({ algorithm }) => algorithm },
        {
          name: "Public key",
          width: "11rem",
          isMinor: true,
          cell: ({ publicKey }) =>
            publicKey === null ? (
              <span className="soft">symmetric</span>
            ) : (
              <HexText hex={publicKey} label="public key" />
            ),
        },
        {
          name: "Created",
          width: "7rem",
          isMinor: true,
          cell: ({ createdAtMs }) =>
            createdAtMs === null ? <span className="soft">unknown</span> : <Ago ms={createdAtMs} />,
        },
        {
          name: "Action",
          width: "6rem",
          cell: (key) => mayChange && <KeyAction path={path} serviceKey={key} />,
        },
      ]}
    />
  );
}

function KeyAction({ path, serviceKey: key }: { readonly path: string; readonly serviceKey: KeyJson }) {
  if (key.state === "active") return <Rotate path={path} purpose={key.purpose} />;
  if (key.state === "later" && key.activeAtMs !== null)
    return (
      <span className="soft">
        from <When ms={key.activeAtMs} />
      </span>
    );
  if (key.state !== "earlier" || key.purpose === "encryption") return null;
  return <Retire path={path} serviceKey={key} />;
}

const DELAYS = [
  ["0", "at once"],
  ["600", "in 10 minutes"],
  ["3600", "in an hour"],
  ["86400", "in a day"],
] as const;

function Rotate({ path, purpose }: { readonly path: string; readonly purpose: string }) {
  const rotate = useServiceChange();
  const [delay, setDelay] = useState<(typeof DELAYS)[number][0]>("0");
  return (
    <Confirm
      label="Rotate"
      title={`Rotate the ${purpose} key?`}
      action="Rotate"
      isSending={rotate.isPending}
      error={rotate.error}
      onConfirm={() =>
        rotate.mutateAsync({
          path: `${path}/${purpose}/rotation`,
          method: "POST",
          body: { delayS: Number(delay) },
        })
      }
    >
      <p>The old key stays valid for what it signed or encrypted, until you retire it.</p>
      <SelectField label="The new key is used" value={delay} onChange={setDelay} options={DELAYS} />
      <p className="soft">
        With several processes, choose a delay and send SIGHUP to the others before it ends.
      </p>
    </Confirm>
  );
}

function Retire({
  path,
  serviceKey: { purpose, version },
}: {
  readonly path: string;
  readonly serviceKey: KeyJson;
}) {
  const retire = useServiceChange();
  const name = `${purpose}/${version}`;
  return (
    <Confirm
      label="Retire"
      title={`Retire the key ${name}?`}
      action="Retire"
      isDangerous
      phrase={name}
      isSending={retire.isPending}
      error={retire.error}
      onConfirm={() => retire.mutateAsync({ path: `${path}/${name}`, method: "DELETE" })}
    >
      <p>
        {purpose === "session"
          ? "Sessions signed by this key end. This cannot be undone."
          : "The private key is deleted. Existing signatures still verify. This cannot be undone."}
      </p>
    </Confirm>
  );
}

function Encryption({ isAdmin }: { readonly isAdmin: boolean }) {
  const query = useService<{ readonly items: readonly Job[] }>("/v1/jobs/rotation?limit=1", JOB_EVERY_MS);
  const again = useServiceChange();
  return (
    <Answered query={query} what="Loading the re-encryption">
      {({ items: [job] }) => (
        <Card title="Re-encryption" aside={<AsOf query={query} />}>
          {job === undefined ? (
            <Empty title="No re-encryption yet">It starts after the encryption key is rotated.</Empty>
          ) : (
            <Progress job={job} />
          )}
          <p className="soft">
            Stored values move to the newest encryption key. Retire an older key with{" "}
            <code>trellis keys retire</code> when <code>trellis reserves rotate</code> shows that no value
            needs it.
          </p>
          {isAdmin && (
            <p className="buttons">
              <Confirm
                label="Encrypt again"
                title="Encrypt all values with the newest key?"
                action="Encrypt again"
                isSending={again.isPending}
                error={again.error}
                onConfirm={() => again.mutateAsync({ path: "/v1/key-rotations", method: "POST", body: {} })}
              >
                <p>A job runs in the background. It can be interrupted and repeated.</p>
              </Confirm>
            </p>
          )}
        </Card>
      )}
    </Answered>
  );
}

function Progress({ job: { state, progress, addedAtMs, output } }: { readonly job: Job }) {
  const isFailed = state === "dead" || state === "cancelled";
  return (
    <>
      <p role="status">
        <Badge tone={state === "done" ? "good" : isFailed ? "bad" : "info"}>{state}</Badge> started{" "}
        <Ago ms={addedAtMs} />
        {progress !== null && state === "running" && (
          <>
            {", "}
            {countText(progress.done)}
            {progress.total !== undefined && ` of ${countText(progress.total)}`} values
          </>
        )}
      </p>
      {isFailed && output !== null && (
        <p>
          <code>{JSON.stringify(output)}</code>
        </p>
      )}
    </>
  );
}
