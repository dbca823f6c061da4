import { useState } from "react";
import { hosts } from "../../../origin.ts";
import { TextField } from "../../../ui/Form.tsx";
import { Badge, Card } from "../../../ui/primitives.tsx";
import { Answered, Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { AsOf } from "../AsOf.tsx";
import { ServiceChoice, WithAccess } from "../ServiceChoice.tsx";
import { pathOf, SERVICES, type ServiceName } from "../services.ts";
import { useService } from "../useService.ts";
import { RuntimeSettings, type SettingsApi } from "./RuntimeSettings.tsx";
import { valueText } from "./settingValue.ts";
import "../operations.css";

interface SettingJson {
  readonly key: string;
  readonly value: unknown;
  readonly isHidden: boolean;
  readonly origin: string;
  readonly summary: string;
  readonly isReloadable: boolean;
  readonly isDynamic: boolean;
}

const EVERY_MS = 10_000;

const settingsApi = (prefix: string): SettingsApi => ({
  listPath: `${prefix}/settings`,
  historyPath: `${prefix}/setting-changes?limit=20`,
  change: ({ key, value, reason, basedOn }) => {
    const path = `${prefix}/settings/${encodeURIComponent(key)}`;
    if (value === null) return { path: `${path}?reason=${encodeURIComponent(reason)}`, method: "DELETE" };
    return { path, method: "PUT", body: { value, reason, basedOn } };
  },
});

const APIS: Partial<Record<ServiceName, SettingsApi>> = {
  ...(hosts("settings") && { node: { ...settingsApi("/node/v1"), hasNoUsers: true } }),
  reserves: settingsApi("/v1"),
};

export function Settings() {
  const [service, setService] = useState<ServiceName>(SERVICES[0]?.name ?? "node");
  const api = APIS[service];
  return (
    <>
      <div className="page-head">
        <h1>Settings</h1>
        <ServiceChoice value={service} onChange={setService} />
      </div>
      <WithAccess service={service}>
        {api !== undefined && <RuntimeSettings key={service} api={api} />}
        <Effective key={service} service={service} />
      </WithAccess>
    </>
  );
}

function Effective({ service }: { readonly service: ServiceName }) {
  const query = useService<{ readonly items: readonly SettingJson[] }>(
    `${pathOf(service)}/operations/configuration`,
    EVERY_MS,
  );
  const [wanted, setWanted] = useState("");
  const [isGivenOnly, setGivenOnly] = useState(false);
  return (
    <Card title="Effective settings" aside={<AsOf query={query} />}>
      <div className="field-row">
        <TextField label="Filter" value={wanted} onChange={setWanted} />
        <label className="tick">
          <input
            type="checkbox"
            checked={isGivenOnly}
            onChange={({ target }) => setGivenOnly(target.checked)}
          />
          Only settings that differ from the default
        </label>
      </div>
      <Answered query={query} what="Loading settings">
        {({ items }) => {
          const text = wanted.toLowerCase();
          const shown = items.filter(
            ({ key, summary, origin }) =>
              (!isGivenOnly || origin !== "default") && `${key} ${summary}`.toLowerCase().includes(text),
          );
          return shown.length === 0 ? (
            <Empty title="No matching settings">
              {isGivenOnly && "All other settings have their default."}
            </Empty>
          ) : (
            <SettingTable settings={shown} />
          );
        }}
      </Answered>
    </Card>
  );
}

function SettingTable({ settings }: { readonly settings: readonly SettingJson[] }) {
  return (
    <Table
      label="Settings"
      rows={settings}
      keyOf={({ key }) => key}
      columns={[
        { name: "Setting", width: "12rem", cell: ({ key }) => <b>{key}</b> },
        {
          name: "Value",
          width: "1fr",
          cell: ({ value, isHidden }) =>
            isHidden ? (
              <span className="soft">secret, not shown</span>
            ) : value === "" ? (
              <span className="soft">empty</span>
            ) : (
              <code title={valueText(value)}>{valueText(value)}</code>
            ),
        },
        {
          name: "Source",
          width: "12rem",
          cell: ({ origin }) =>
            origin === "default" ? (
              <span className="soft">default</span>
            ) : (
              <Badge tone="info">{origin}</Badge>
            ),
        },
        {
          name: "Changeable",
          width: "8rem",
          isMinor: true,
          cell: ({ isReloadable, isDynamic }) =>
            isDynamic ? "at run time" : isReloadable ? "in the file" : <span className="soft">at start</span>,
        },
        {
          name: "Description",
          width: "1fr",
          isMinor: true,
          cell: ({ summary }) => <span title={summary}>{summary}</span>,
        },
      ]}
    />
  );
}
