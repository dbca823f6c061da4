import { useState } from "react";
import { countText } from "../../../format/units.ts";
import { SelectField, TextField } from "../../../ui/Form.tsx";
import { Card } from "../../../ui/primitives.tsx";
import { Empty, Failure, Loading } from "../../../ui/states.tsx";
import { Since } from "../AsOf.tsx";
import { ServiceChoice, WithAccess } from "../ServiceChoice.tsx";
import { SERVICES, type ServiceName } from "../services.ts";
import { Levels, useLevels } from "./Levels.tsx";
import { LogLines, textOf } from "./LogLines.tsx";
import { LINE_LEVELS, type LineLevel, type LogLine, useLogTail } from "./useLogTail.ts";
import "../operations.css";

export function Log() {
  const [service, setService] = useState<ServiceName>(SERVICES[0]?.name ?? "node");
  return (
    <>
      <div className="page-head">
        <h1>Logs</h1>
        <ServiceChoice value={service} onChange={setService} />
      </div>
      <WithAccess service={service}>
        <Tail key={service} service={service} />
        <Levels key={`${service} levels`} service={service} />
      </WithAccess>
    </>
  );
}

function Tail({ service }: { readonly service: ServiceName }) {
  const [level, setLevel] = useState<LineLevel>("info");
  const [module, setModule] = useState("");
  const [wanted, setWanted] = useState("");
  const [isPaused, setPaused] = useState(false);
  const modules = useLevels(service).data?.modules ?? [];
  const { lines, missedCount, heardAtMs, error } = useLogTail({ service, level, module }, isPaused);
  const shown = wanted === "" ? lines : lines.filter((line) => has(line, wanted.toLowerCase()));
  return (
    <Card
      title="Newest lines"
      aside={isPaused ? <span>paused</span> : <Since timeMs={heardAtMs} isStale={error !== null} />}
    >
      <div className="log-choices">
        <SelectField
          label="Minimum level"
          value={level}
          onChange={setLevel}
          options={LINE_LEVELS.map((name) => [name, name])}
        />
        <SelectField
          label="Module"
          value={module}
          onChange={setModule}
          options={[["", "all"], ...modules.map((name) => [name, name] as const)]}
        />
        <TextField label="Filter" value={wanted} onChange={setWanted} />
        <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? "Resume" : "Pause"}
        </button>
      </div>
      {missedCount > 0 && (
        <p className="soft">{countText(missedCount)} lines were dropped because they arrived too fast.</p>
      )}
      {heardAtMs === 0 ? (
        error === null ? (
          <Loading what="Loading logs" />
        ) : (
          <Failure error={error} />
        )
      ) : shown.length === 0 ? (
        <Empty title="No matching lines">
          {lines.length === 0
            ? "The service has logged nothing at this level since it started."
            : `None of the ${countText(lines.length)} loaded lines contains this text.`}
        </Empty>
      ) : (
        <LogLines lines={shown} />
      )}
    </Card>
  );
}

function has({ event, module, facts }: LogLine, text: string): boolean {
  return `${module} ${event} ${textOf(facts)}`.toLowerCase().includes(text);
}
