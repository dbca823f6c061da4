import { useState } from "react";
import { timeText } from "../../../format/timeText.ts";
import { Ago, Badge, Card, Figure } from "../../../ui/primitives.tsx";
import { Answered } from "../../../ui/states.tsx";
import { AsOf } from "../AsOf.tsx";
import { Figures } from "../metrics/Figures.tsx";
import { ServiceChoice, WithAccess } from "../ServiceChoice.tsx";
import { pathOf, SERVICES, type ServiceName } from "../services.ts";
import { useService } from "../useService.ts";
import "../operations.css";

interface HealthJson {
  readonly service: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly isReady: boolean;
  readonly parts: readonly { readonly name: string; readonly reason: string | null }[];
}

const EVERY_MS = 3_000;

const ABOUT: Readonly<Record<string, string>> = {
  process: "process is running",
  chain: "blocks are imported and committed",
  head: "the newest block is recent",
  finality: "validators finalize blocks",
  validator: "this node's validator is signing",
  sync: "the node has all known blocks",
  peers: "the node has peers",
  database: "the database responds",
  engine: "the engine follows the chain",
  "demo services": "reserves and arbitrage of the devnet are running",
};

export function Health() {
  const [service, setService] = useState<ServiceName>(SERVICES[0]?.name ?? "node");
  return (
    <>
      <div className="page-head">
        <h1>Health</h1>
        <ServiceChoice value={service} onChange={setService} />
      </div>
      <WithAccess service={service}>
        <Parts key={service} service={service} />
        <Figures key={`${service} figures`} service={service} />
      </WithAccess>
    </>
  );
}

function Parts({ service }: { readonly service: ServiceName }) {
  const query = useService<HealthJson>(`${pathOf(service)}/operations/health`, EVERY_MS);
  return (
    <Answered query={query} what="Loading service health">
      {({ isReady, version, startedAtMs, parts }) => {
        const bad = parts.filter(({ reason }) => reason !== null);
        return (
          <>
            <dl className="figures">
              <Figure
                label="Status"
                value={
                  query.error !== null ? (
                    <Badge tone="bad">does not respond</Badge>
                  ) : isReady ? (
                    <Badge tone="good">ready</Badge>
                  ) : (
                    <Badge tone="bad">not ready</Badge>
                  )
                }
                note={<AsOf query={query} />}
              />
              <Figure label="Healthy components" value={`${parts.length - bad.length} of ${parts.length}`} />
              <Figure label="Started" value={<Ago ms={startedAtMs} />} note={timeText(startedAtMs)} />
              <Figure label="Version" value={version} note={service} />
            </dl>
            <Card title="Components" aside={<AsOf query={query} />}>
              <ul className="parts">
                {parts.map(({ name, reason }) => (
                  <li key={name} className={reason === null ? "fine" : "failing"}>
                    <Badge tone={reason === null ? "good" : "bad"}>
                      {reason === null ? "healthy" : "failing"}
                    </Badge>
                    <span>
                      <b>{name}</b>
                      <small className="soft">{reason ?? ABOUT[name] ?? "operational"}</small>
                    </span>
                  </li>
                ))}
              </ul>
            </Card>
          </>
        );
      }}
    </Answered>
  );
}
