import { useState } from "react";
import { bytesText, coinText, countText } from "../../../format/units.ts";
import { useRole } from "../../../session/session.ts";
import { Choice } from "../../../ui/Choice.tsx";
import { Paged } from "../../../ui/Paged.tsx";
import { Badge, Card, Figure, useNow, When } from "../../../ui/primitives.tsx";
import { Answered, Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { AsOf } from "../AsOf.tsx";
import { ServiceChoice, WithAccess } from "../ServiceChoice.tsx";
import { pathOf, SERVICES, type ServiceName } from "../services.ts";
import { useService } from "../useService.ts";
import { useServicePages } from "../useServicePages.ts";
import {
  type BudgetJson,
  type CostJson,
  type ForecastJson,
  GROUPINGS,
  type Grouping,
  hoursText,
  moneyText,
  percentOf,
  rangeOf,
  type UsageJson,
} from "./costJson.ts";
import "../operations.css";

const EVERY_MS = 30_000;
const STAFF = ["admin", "operator", "auditor"];
const RANGES = [
  ["1", "today"],
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
] as const;

export function Cost() {
  const [service, setService] = useState<ServiceName>(SERVICES[0]?.name ?? "node");
  const role = useRole() ?? "";
  // A node has no users, and decides at each request.
  const isStaff = service === "node" || STAFF.includes(role);
  return (
    <>
      <div className="page-head">
        <h1>Cost</h1>
        <ServiceChoice value={service} onChange={setService} />
      </div>
      <WithAccess service={service}>
        {isStaff && <Forecast key={service} service={service} />}
        <Days
          key={`${service} ${isStaff}`}
          service={service}
          among={isStaff ? GROUPINGS : ["tenant", "key"]}
        />
      </WithAccess>
    </>
  );
}

function Forecast({ service }: { readonly service: ServiceName }) {
  const query = useService<ForecastJson>(`${pathOf(service)}/costs/forecast`, EVERY_MS);
  return (
    <Answered query={query} what="Loading the forecast">
      {(forecast) => (
        <>
          <ForecastFigures forecast={forecast} />
          <Card title="Budgets of this month" aside={<AsOf query={query} />}>
            <Budgets forecast={forecast} />
          </Card>
        </>
      )}
    </Answered>
  );
}

export function ForecastFigures({
  forecast: { currency, spent, projected, storage },
}: {
  readonly forecast: ForecastJson;
}) {
  const { trend, usedBytes, capacityBytes, bytesPerDay, fullAtMs } = storage;
  const of = capacityBytes === null ? "" : ` of ${bytesText(capacityBytes)}`;
  return (
    <dl className="figures">
      <Figure label="This month" value={moneyText(spent, currency)} note="since its first day, UTC" />
      <Figure
        label="This month, projected"
        value={moneyText(projected, currency)}
        note="at the average rate of its days so far"
      />
      <Figure label="Storage" value={bytesText(usedBytes)} note={`used${of}`} />
      <Figure
        label="Storage is full"
        value={fullAtMs === null ? trend === "steady" ? "not in sight" : "unknown" : <When ms={fullAtMs} />}
        note={
          bytesPerDay === null
            ? "needs three days of samples"
            : `${bytesPerDay < 0 ? "−" : "+"}${bytesText(Math.abs(bytesPerDay))} per day`
        }
      />
    </dl>
  );
}

export function Budgets({ forecast: { currency, budgets } }: { readonly forecast: ForecastJson }) {
  if (budgets.length === 0)
    return <Empty title="No budgets">The setting budgets defines budgets per month.</Empty>;
  return (
    <Table
      label="Budgets"
      rows={budgets}
      keyOf={({ name }) => name}
      columns={[
        {
          name: "Budget",
          width: "1fr",
          cell: ({ name, tenant }) => (tenant === null ? name : `${name} (${tenant})`),
        },
        { name: "Per month", width: "8rem", isNumeric: true, cell: ({ month }) => `${month} ${currency}` },
        { name: "Spent", width: "8rem", isNumeric: true, cell: ({ spent }) => moneyText(spent, currency) },
        {
          name: "Projected",
          width: "8rem",
          isNumeric: true,
          isMinor: true,
          cell: ({ projected }) => moneyText(projected, currency),
        },
        { name: "State", width: "9rem", cell: (budget) => <BudgetBadge budget={budget} /> },
      ]}
    />
  );
}

function BudgetBadge({ budget }: { readonly budget: BudgetJson }) {
  const [spent, projected] = [percentOf(budget, budget.spent), percentOf(budget, budget.projected)];
  if (spent === undefined || spent >= 100) return <Badge tone="bad">Spent</Badge>;
  if ((projected ?? 0) > 100) return <Badge tone="warn">{`${spent} %, will exceed`}</Badge>;
  return <Badge tone="good">{`${spent} %`}</Badge>;
}

function Days({ service, among }: { readonly service: ServiceName; readonly among: readonly Grouping[] }) {
  const [by, setBy] = useState<Grouping>(among[0]!);
  const [days, setDays] = useState<(typeof RANGES)[number][0]>("7");
  const query = `${rangeOf(useNow(), Number(days))}&by=${by}&limit=200`;
  const usage = useServicePages<UsageJson>(`${pathOf(service)}/usage?${query}`, EVERY_MS);
  const costs = useServicePages<CostJson>(`${pathOf(service)}/costs?${query}`, EVERY_MS);
  return (
    <Card title="Days" aside={<AsOf query={costs.query} />}>
      <div className="log-choices">
        <Choice label="By" value={by} onChange={setBy} options={among.map((name) => [name, name])} />
        <Choice label="Time" value={days} onChange={setDays} options={RANGES} />
      </div>
      <h3>Cost</h3>
      <Paged
        label="Cost"
        query={costs.query}
        items={costs.items}
        none="No usage in this time"
        keyOf={keyOf}
        columns={[...SUBJECT, ...COST_COLUMNS]}
      />
      <h3>Usage</h3>
      <Paged
        label="Usage"
        query={usage.query}
        items={usage.items}
        none="No usage in this time"
        keyOf={keyOf}
        columns={[...SUBJECT, ...USAGE_COLUMNS]}
      />
    </Card>
  );
}

type Subject = Pick<UsageJson, "day" | "tenant" | "key">;

function keyOf({ day, tenant, key }: Subject): string {
  return JSON.stringify([day, tenant, key]);
}

const SUBJECT = [
  { name: "Day", width: "7rem", cell: ({ day }: Subject) => day },
  {
    name: "Tenant, key",
    width: "1fr",
    cell: ({ tenant, key }: Subject) => {
      const text = [tenant, key].filter((part) => part !== null).join(", ");
      return <span title={text}>{text === "" ? "all" : text}</span>;
    },
  },
];

const number = { width: "7rem", isNumeric: true, isMinor: true } as const;

const COST_COLUMNS = [
  {
    ...number,
    name: "Total",
    isMinor: false,
    cell: ({ total, currency }: CostJson) => <b>{moneyText(total, currency)}</b>,
  },
  ...(["requests", "transfer", "cpu", "storage", "gas"] as const).map((item) => ({
    ...number,
    name: item === "cpu" ? "Processor" : item.replace(/^./, (letter) => letter.toUpperCase()),
    cell: ({ items, currency }: CostJson) => moneyText(items[item], currency),
  })),
];

const USAGE_COLUMNS = [
  { ...number, name: "Requests", isMinor: false, cell: ({ requests }: UsageJson) => countText(requests) },
  { ...number, name: "In", cell: ({ bytesIn }: UsageJson) => bytesText(Number(bytesIn)) },
  { ...number, name: "Out", cell: ({ bytesOut }: UsageJson) => bytesText(Number(bytesOut)) },
  { ...number, name: "Processor", cell: ({ cpuMicros }: UsageJson) => hoursText(cpuMicros) },
  {
    ...number,
    name: "Stored",
    cell: ({ storedBytes }: UsageJson) => (storedBytes === null ? "–" : bytesText(Number(storedBytes))),
  },
  {
    ...number,
    name: "Gas, coins",
    cell: ({ gasWei }: UsageJson) => (gasWei === null ? "–" : coinText(BigInt(gasWei))),
  },
];
