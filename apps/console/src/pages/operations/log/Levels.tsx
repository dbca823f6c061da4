import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { Badge, Card } from "../../../ui/primitives.tsx";
import { Answered } from "../../../ui/states.tsx";
import { pathOf, type ServiceName } from "../services.ts";
import { useService, useServiceChange } from "../useService.ts";

const LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
type Level = (typeof LEVELS)[number];

interface LevelsJson {
  readonly level: Level;
  readonly byModule: Readonly<Record<string, Level>>;
  readonly modules: readonly string[];
}

const EVERY_MS = 5_000;
const AS_ABOVE = "";

export function useLevels(service: ServiceName) {
  return useService<LevelsJson>(`${pathOf(service)}/operations/log-levels`, EVERY_MS);
}

export function Levels({ service }: { readonly service: ServiceName }) {
  const query = useLevels(service);
  return (
    <Card title="Log levels" aside={<span>effective immediately, until restart</span>}>
      <Answered query={query} what="Loading log levels">
        {(levels) => <LevelsForm service={service} levels={levels} />}
      </Answered>
    </Card>
  );
}

function LevelsForm({ service, levels }: { readonly service: ServiceName; readonly levels: LevelsJson }) {
  const change = useServiceChange<LevelsJson>();
  const [changes, setChanges] = useState<ReadonlyMap<string, string>>(new Map());
  const [reason, setReason] = useState("");
  const set = (module: string, level: string): void => setChanges(new Map([...changes, [module, level]]));
  const wrongReason = reason.trim() === "" ? "Enter a reason. It is recorded in the log." : undefined;
  const level = (changes.get("") ?? levels.level) as Level;
  const byModule = Object.fromEntries(
    [...new Set([...levels.modules, ...Object.keys(levels.byModule)])].flatMap((module) => {
      const own = changes.get(module) ?? levels.byModule[module] ?? AS_ABOVE;
      return own === AS_ABOVE ? [] : [[module, own]];
    }),
  );
  const send = (): void => {
    const body = { level, byModule, reason: reason.trim() };
    change.mutate(
      { path: `${pathOf(service)}/operations/log-levels`, method: "PUT", body },
      {
        onSuccess() {
          setChanges(new Map());
          setReason("");
        },
      },
    );
  };
  return (
    <Form
      label="Log levels"
      action="Change levels"
      isValid={changes.size > 0 && wrongReason === undefined}
      isSending={change.isPending}
      onSubmit={send}
    >
      <div className="level-fields">
        <SelectField
          label="Default level"
          value={level}
          onChange={(chosen) => set("", chosen)}
          options={LEVELS.map((name) => [name, name])}
        />
        {levels.modules.map((module) => (
          <SelectField
            key={module}
            label={module}
            value={byModule[module] ?? AS_ABOVE}
            onChange={(chosen) => set(module, chosen)}
            options={[[AS_ABOVE, "inherited"], ...LEVELS.map((name) => [name, name] as const)]}
          />
        ))}
      </div>
      <TextField
        label="Reason"
        value={reason}
        onChange={setReason}
        maxLength={500}
        wrong={wrongReason}
        hint={changes.size === 0 ? "No changes yet." : `${changes.size} changed`}
      />
      <ProblemText error={change.error} />
      {change.isSuccess && changes.size === 0 && (
        <p role="status">
          <Badge tone="good">changed</Badge> The change is recorded in the log.
        </p>
      )}
    </Form>
  );
}
