import { useState } from "react";
import { coinText } from "../../../format/units.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { Form, TextField } from "../../../ui/Form.tsx";
import { Badge, Card, When } from "../../../ui/primitives.tsx";
import { Answered, Empty } from "../../../ui/states.tsx";
import { AsOf } from "../AsOf.tsx";
import { Confirm } from "../Confirm.tsx";
import { type ServiceChange, useService, useServiceChange } from "../useService.ts";
import { useServicePages } from "../useServicePages.ts";
import { parseValue, valueText } from "./settingValue.ts";

interface RuntimeSetting {
  readonly key: string;
  readonly value: unknown;
  readonly isChanged: boolean;
  readonly summary?: string;
  readonly unit?: string | null;
}

interface SettingsJson {
  readonly version: number;
  readonly items: readonly RuntimeSetting[];
}

interface ChangeJson {
  readonly version: number;
  readonly key: string;
  readonly value: unknown;
  readonly by: string;
  readonly reason: string;
  readonly timeMs: number;
}

export interface SettingsApi {
  readonly listPath: string;
  readonly historyPath: string;
  /** The service decides at each request who may change settings. */
  readonly hasNoUsers?: boolean;
  change(change: {
    readonly key: string;
    readonly value: unknown;
    readonly reason: string;
    readonly basedOn: number;
  }): ServiceChange;
}

const EVERY_MS = 5_000;

export function RuntimeSettings({ api }: { readonly api: SettingsApi }) {
  const query = useService<SettingsJson>(api.listPath, EVERY_MS);
  const [edited, setEdited] = useState<string>();
  const role = useRole();
  const mayChange = api.hasNoUsers === true || role === "admin";
  return (
    <>
      <Card title="Runtime settings" aside={<AsOf query={query} />}>
        <Answered query={query} what="Loading settings">
          {({ version, items }) => (
            <ul className="settings">
              {items.map((setting) => (
                <li key={setting.key}>
                  <SettingRow
                    setting={setting}
                    isEdited={edited === setting.key}
                    onEdit={
                      mayChange
                        ? () => setEdited(edited === setting.key ? undefined : setting.key)
                        : undefined
                    }
                  />
                  {edited === setting.key && (
                    <SettingForm
                      api={api}
                      setting={setting}
                      version={version}
                      onDone={() => setEdited(undefined)}
                    />
                  )}
                </li>
              ))}
            </ul>
          )}
        </Answered>
        {!mayChange && <p className="soft">Only an admin can change these settings.</p>}
      </Card>
      <History api={api} />
    </>
  );
}

function SettingRow({
  setting: { key, value, isChanged, summary, unit },
  isEdited,
  onEdit,
}: {
  readonly setting: RuntimeSetting;
  readonly isEdited: boolean;
  readonly onEdit: (() => void) | undefined;
}) {
  return (
    <div className="setting">
      <span>
        <b>{key}</b>
        {summary !== undefined && <small className="soft">{summary}</small>}
      </span>
      <span>
        <code>
          {valueText(value)} {unitOf(unit)}
        </code>
        {unit === "WEI" && <small className="soft">{coinText(BigInt(String(value)))} coins</small>}
      </span>
      <Badge tone={isChanged ? "info" : "plain"}>
        {isChanged ? "changed at run time" : "file and flags"}
      </Badge>
      {onEdit !== undefined && (
        <button type="button" aria-expanded={isEdited} onClick={onEdit}>
          {isEdited ? "Close" : "Edit"}
          <span className="visually-hidden"> {key}</span>
        </button>
      )}
    </div>
  );
}

const UNITS: Readonly<Record<string, string>> = { WEI: "wei", TIME: "ms" };

function unitOf(unit: string | null | undefined): string | undefined {
  return unit == null ? undefined : UNITS[unit];
}

function SettingForm({
  api,
  setting: { key, value, isChanged, unit },
  version,
  onDone,
}: {
  readonly api: SettingsApi;
  readonly setting: RuntimeSetting;
  readonly version: number;
  readonly onDone: () => void;
}) {
  const change = useServiceChange();
  const [text, setText] = useState(valueText(value));
  const [reason, setReason] = useState("");
  // The service refuses changes based on an older version.
  const [basedOn] = useState(version);
  const parsed = parseValue(text, value);
  const shownUnit = unitOf(unit);
  const isSame = valueText(value) === text.trim();
  const wrong = "wrong" in parsed ? parsed.wrong : isSame ? "The setting already has this value." : undefined;
  const wrongReason =
    reason.trim() === "" ? "Enter a reason. It is recorded in the change history." : undefined;
  return (
    <div className="setting-form">
      <Form
        label={`Change ${key}`}
        action="Change setting"
        isValid={wrong === undefined && wrongReason === undefined}
        isSending={change.isPending}
        onSubmit={() => {
          if (!("value" in parsed)) return;
          const asked = { key, value: parsed.value, reason: reason.trim(), basedOn };
          change.mutate(api.change(asked), { onSuccess: onDone });
        }}
      >
        <TextField
          label="New value"
          value={text}
          onChange={setText}
          maxLength={10_000}
          isLong={typeof value === "object"}
          wrong={wrong}
          {...(shownUnit === undefined ? {} : { unit: shownUnit })}
        />
        <TextField label="Reason" value={reason} onChange={setReason} maxLength={500} wrong={wrongReason} />
        <ProblemText error={change.error} />
      </Form>
      {isChanged && (
        <Confirm
          label="Reset to file and flags"
          title={`Reset ${key}?`}
          action="Reset"
          needsReason
          isSending={change.isPending}
          error={change.error}
          onConfirm={async (why) => {
            await change.mutateAsync(api.change({ key, value: null, reason: why, basedOn }));
            onDone();
          }}
        >
          <p>The value from the configuration file and flags applies again.</p>
        </Confirm>
      )}
    </div>
  );
}

function History({ api: { historyPath } }: { readonly api: SettingsApi }) {
  const { query, items } = useServicePages<ChangeJson>(historyPath);
  return (
    <Card title="Change history">
      <ProblemText error={query.error} />
      {items === undefined ? null : items.length === 0 ? (
        <Empty title="No changes yet">All settings have their values from file and flags.</Empty>
      ) : (
        <ol className="changes">
          {items.map(({ version, key, value, by, reason, timeMs }) => (
            <li key={version}>
              <span className="soft">#{version}</span> <b>{key}</b>{" "}
              {value === null ? "reset to file and flags" : <code>{valueText(value)}</code>}
              <p>{reason}</p>
              <small className="soft">
                {by}, <When ms={timeMs} />
              </small>
            </li>
          ))}
        </ol>
      )}
      {query.hasNextPage && (
        <button
          type="button"
          className="more"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {query.isFetchingNextPage ? "Loading…" : "Load more"}
        </button>
      )}
    </Card>
  );
}
