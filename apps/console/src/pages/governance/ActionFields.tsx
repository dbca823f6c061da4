import { decimalsOf, GOVERNED } from "../../contracts/parameters.ts";
import { decimalText } from "../../format/units.ts";
import { SelectField, TextField } from "../../ui/Form.tsx";
import type { Bounds, Draft, DraftKind, DraftReading } from "./drafts.ts";

const KINDS: readonly (readonly [DraftKind, string])[] = [
  ["set", "Set a parameter"],
  ["pay", "Pay from the treasury"],
  ["call", "Call any contract"],
];

const PARAMETERS = GOVERNED.map(({ title }, index) => [String(index), title] as const);

interface ActionFieldsProps {
  readonly number: number;
  readonly draft: Draft;
  readonly bounds: Bounds;
  readonly wrong: DraftReading["wrong"];
  readonly onChange: (draft: Draft) => void;
  readonly onRemove: (() => void) | undefined;
}

export function ActionFields({ number, draft, bounds, wrong, onChange, onRemove }: ActionFieldsProps) {
  const set = (part: Partial<Draft>): void => onChange({ ...draft, ...part });
  return (
    <section className="fields" aria-label={`Action ${number}`}>
      <h3>Action {number}</h3>
      <SelectField
        label="Action type"
        value={draft.kind}
        options={KINDS}
        onChange={(kind) => set({ kind, amount: "" })}
      />
      {draft.kind === "set" ? (
        <GovernedFields draft={draft} bounds={bounds} wrong={wrong} set={set} />
      ) : (
        <>
          <TextField
            label={draft.kind === "pay" ? "To" : "Contract"}
            placeholder="0x…"
            value={draft.to}
            onChange={(to) => set({ to })}
            wrong={wrong.to}
          />
          <TextField
            label={draft.kind === "pay" ? "Amount" : "Coins to send"}
            unit="coins"
            inputMode="decimal"
            value={draft.amount}
            onChange={(amount) => set({ amount })}
            wrong={wrong.amount}
          />
        </>
      )}
      {draft.kind === "call" && (
        <TextField
          label="Calldata"
          placeholder="0x…"
          isLong
          maxLength={49_154}
          value={draft.data}
          onChange={(data) => set({ data })}
          wrong={wrong.data}
        />
      )}
      {onRemove !== undefined && (
        <button type="button" onClick={onRemove}>
          Remove action {number}
        </button>
      )}
    </section>
  );
}

function GovernedFields({
  draft,
  bounds,
  wrong,
  set,
}: Pick<ActionFieldsProps, "draft" | "bounds" | "wrong"> & { readonly set: (part: Partial<Draft>) => void }) {
  const { unit } = GOVERNED[draft.parameter]!;
  const text = (value: bigint): string => decimalText(value, decimalsOf(unit), 18);
  return (
    <>
      <SelectField
        label="Parameter"
        value={String(draft.parameter)}
        options={PARAMETERS}
        onChange={(index) => set({ parameter: Number(index) })}
      />
      <TextField
        label="New value"
        unit={unit}
        inputMode="decimal"
        value={draft.amount}
        onChange={(amount) => set({ amount })}
        hint={bounds === undefined ? undefined : `From ${text(bounds[0])} to ${text(bounds[1])}.`}
        wrong={wrong.amount}
      />
    </>
  );
}
