import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { Badge, Card, Fact, Facts, Figure, When } from "../../../ui/primitives.tsx";
import { Answered, Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { AsOf } from "../AsOf.tsx";
import { Confirm, ConfirmDialog } from "../Confirm.tsx";
import { ServiceChoice, WithAccess } from "../ServiceChoice.tsx";
import { pathOf, SERVICES, type ServiceName } from "../services.ts";
import { useService, useServiceChange } from "../useService.ts";
import "../operations.css";

interface BanJson {
  readonly network: string;
  readonly untilMs: number | null;
  readonly reason: string;
  readonly by: string | null;
}

interface GuardJson {
  readonly lowPriorityShare: number;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly bans: readonly BanJson[];
}

interface SettingJson {
  readonly key: string;
  readonly value: unknown;
  readonly summary: string;
}

const EVERY_MS = 5_000;
const READERS = ["admin", "operator", "auditor"];
const OPERATORS = ["admin", "operator"];
const LIMIT = /^(?:limitPer|connectionsPer)/;

export function Guard() {
  const [service, setService] = useState<ServiceName>(SERVICES[0]?.name ?? "node");
  const role = useRole();
  const isNode = service === "node";
  return (
    <>
      <div className="page-head">
        <h1>Guard</h1>
        <ServiceChoice value={service} onChange={setService} />
      </div>
      <WithAccess service={service}>
        {isNode || READERS.includes(role ?? "") ? (
          <GuardOf key={service} service={service} mayBan={isNode || OPERATORS.includes(role ?? "")} />
        ) : (
          <Card title="Bans">
            <Empty title="Only admins, operators and auditors can see the guard" />
          </Card>
        )}
      </WithAccess>
    </>
  );
}

function GuardOf({ service, mayBan }: { readonly service: ServiceName; readonly mayBan: boolean }) {
  const path = `${pathOf(service)}/operations/guard`;
  const query = useService<GuardJson>(path, EVERY_MS);
  return (
    <Answered query={query} what="Loading the guard">
      {({ lowPriorityShare, allow, deny, bans }) => (
        <>
          <dl className="figures">
            <Figure
              label="Limits of low-priority callers"
              value={`${Math.round(lowPriorityShare * 100)} %`}
              note={lowPriorityShare < 1 ? "lowered by load" : "not lowered"}
            />
            <Figure label="Bans" value={String(bans.length)} note="of this process, until it restarts" />
          </dl>
          <div className="columns">
            <Limits service={service} />
            <Card title="Address lists">
              <Facts>
                <Fact name="Allowed">
                  <Networks networks={allow} />
                </Fact>
                <Fact name="Denied">
                  <Networks networks={deny} />
                </Fact>
              </Facts>
              <p className="soft">
                Files in the settings <code>allowList</code> and <code>denyList</code>.
              </p>
            </Card>
          </div>
          <Card title="Bans" aside={<AsOf query={query} />}>
            {bans.length === 0 ? (
              <Empty title="No bans" />
            ) : (
              <BanTable path={path} bans={bans} mayBan={mayBan} />
            )}
            {mayBan ? (
              <BanForm path={path} />
            ) : (
              <p className="soft">Only admins and operators can ban and unban.</p>
            )}
          </Card>
        </>
      )}
    </Answered>
  );
}

function Networks({ networks }: { readonly networks: readonly string[] }) {
  if (networks.length === 0) return <span className="soft">none</span>;
  return <code>{networks.join(", ")}</code>;
}

function Limits({ service }: { readonly service: ServiceName }) {
  const path = `${pathOf(service)}/operations/configuration`;
  const query = useService<{ readonly items: readonly SettingJson[] }>(path, EVERY_MS);
  return (
    <Card title="Limits" aside={<AsOf query={query} />}>
      <Answered query={query} what="Loading limits">
        {({ items }) => {
          const limits = items.filter(({ key }) => LIMIT.test(key));
          if (limits.length === 0) return <Empty title="No limits are configured" />;
          return (
            <Facts>
              {limits.map(({ key, value, summary }) => (
                <Fact key={key} name={key}>
                  <span title={summary}>{valueText(value)}</span>
                </Fact>
              ))}
            </Facts>
          );
        }}
      </Answered>
    </Card>
  );
}

function valueText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text === "" || text === "{}" || text === "[]" ? "none" : text;
}

function BanTable({
  path,
  bans,
  mayBan,
}: {
  readonly path: string;
  readonly bans: readonly BanJson[];
  readonly mayBan: boolean;
}) {
  return (
    <Table
      label="Bans"
      rows={bans}
      keyOf={({ network }) => network}
      columns={[
        { name: "Network", width: "12rem", cell: ({ network }) => <code title={network}>{network}</code> },
        { name: "Reason", width: "1fr", cell: ({ reason }) => <span title={reason}>{reason}</span> },
        {
          name: "Until",
          width: "11rem",
          isMinor: true,
          cell: ({ untilMs }) => (untilMs === null ? "lifted" : <When ms={untilMs} />),
        },
        {
          name: "By",
          width: "10rem",
          isMinor: true,
          cell: ({ by }) => (by === null ? <Badge>automatic</Badge> : <span title={by}>{by}</span>),
        },
        { name: "Action", width: "6rem", cell: (ban) => mayBan && <Unban path={path} ban={ban} /> },
      ]}
    />
  );
}

function Unban({ path, ban: { network } }: { readonly path: string; readonly ban: BanJson }) {
  const unban = useServiceChange();
  return (
    <Confirm
      label="Unban"
      title={`Unban ${network}?`}
      action="Unban"
      isSending={unban.isPending}
      error={unban.error}
      onConfirm={() =>
        unban.mutateAsync({ path: `${path}/bans?network=${encodeURIComponent(network)}`, method: "DELETE" })
      }
    >
      <p>Its requests will be accepted again.</p>
    </Confirm>
  );
}

const TIMES = [
  ["3600", "for an hour"],
  ["86400", "for a day"],
  ["604800", "for a week"],
  ["", "until lifted"],
] as const;

/** A rough check; the service validates the address. */
const NETWORK = /^[0-9a-fA-F.:]+(?:\/\d{1,3})?$/;

function BanForm({ path }: { readonly path: string }) {
  const ban = useServiceChange();
  const [network, setNetwork] = useState("");
  const [reason, setReason] = useState("");
  const [seconds, setSeconds] = useState<(typeof TIMES)[number][0]>("86400");
  const [isAsking, setAsking] = useState(false);
  const wrongNetwork = NETWORK.test(network.trim())
    ? undefined
    : "Enter an IP address or a network such as 203.0.113.0/24.";
  const wrongReason = reason.trim() === "" ? "Enter a reason. It is recorded." : undefined;
  const send = async (): Promise<void> => {
    const body = {
      network: network.trim(),
      reason: reason.trim(),
      ...(seconds !== "" && { seconds: Number(seconds) }),
    };
    await ban.mutateAsync({ path: `${path}/bans`, method: "POST", body });
    setNetwork("");
    setReason("");
  };
  return (
    <>
      <h3>Ban an address or network</h3>
      <Form
        label="Ban an address or network"
        action="Ban"
        isDangerous
        isValid={wrongNetwork === undefined && wrongReason === undefined}
        isSending={ban.isPending}
        onSubmit={() => setAsking(true)}
      >
        <div className="field-row">
          <TextField
            label="Address or network"
            value={network}
            onChange={setNetwork}
            maxLength={64}
            hint="An IPv6 address bans its /64."
            wrong={wrongNetwork}
          />
          <SelectField label="Duration" value={seconds} onChange={setSeconds} options={TIMES} />
          <TextField label="Reason" value={reason} onChange={setReason} maxLength={500} wrong={wrongReason} />
        </div>
        {!isAsking && <ProblemText error={ban.error} />}
      </Form>
      {isAsking && (
        <ConfirmDialog
          title={`Ban ${network.trim()}?`}
          action="Ban"
          isDangerous
          isSending={ban.isPending}
          error={ban.error}
          onConfirm={send}
          onClose={() => setAsking(false)}
        >
          <p>All its requests are refused, even with valid credentials. Do not ban your own network.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
