import type { EntryDraft, EntryKind } from "@trellis/client/reserves";
import { useState } from "react";
import { type Parsed, parseAmount, rightOf, wrongOf } from "../../../format/parse.ts";
import type { Attempt } from "../../../session/Attempts.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { useChangeOf } from "../service/useReserves.ts";
import { useDecimals } from "../ui/Amount.tsx";

const KINDS: readonly (readonly [EntryKind, string])[] = [
  ["deposit", "deposit: increases the balance"],
  ["withdrawal", "withdrawal: decreases the balance"],
  ["fee", "fee: paid to the custodian"],
  ["reward", "reward: paid by the custodian"],
  ["adjustment", "adjustment: correction"],
  ["interest", "interest: increases the customer's debt"],
  ["release", "release: decreases the customer's debt"],
];
const GOING_OUT: readonly EntryKind[] = ["withdrawal", "fee", "release"];
const AMOUNT_MAX = 2n ** 128n - 1n;

interface Draft {
  readonly customer: string;
  readonly asset: string;
  readonly kind: EntryKind;
  readonly sign: "+" | "-";
  readonly amount: string;
  readonly reference: string;
}

const MADE_OLD = ["listEntries", "getTotals", "getBalances", "listHistory"] as const;
const EMPTY: Draft = { customer: "", asset: "", kind: "deposit", sign: "+", amount: "", reference: "" };

export function EnterEntry({ customer }: { readonly customer?: string }) {
  const decimals = useDecimals();
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, customer: customer ?? "" });
  const entering = useChangeOf("enterEntries", keyed, MADE_OLD);
  const asset = draft.asset === "" ? ([...(decimals?.keys() ?? [])][0] ?? "") : draft.asset;
  const amount = parseAmount(draft.amount, AMOUNT_MAX, decimals?.get(asset) ?? 0);
  const wrong = wrongsOf({ ...draft, asset }, amount);
  const send = (): void =>
    entering.mutate(entryOf({ ...draft, asset }, rightOf(amount) ?? 0n), {
      onSuccess: () => setDraft({ ...draft, amount: "", reference: "" }),
    });
  return (
    <>
      <Form
        label="Add ledger entry"
        isValid={Object.values(wrong).every((one) => one === undefined)}
        isSending={entering.isPending}
        onSubmit={send}
        action="Add entry"
      >
        <Fields
          draft={{ ...draft, asset }}
          assets={[...(decimals?.keys() ?? [])]}
          wrong={wrong}
          hasCustomer={customer === undefined}
          onChange={(change) => setDraft({ ...draft, ...change })}
        />
      </Form>
      {entering.data !== undefined && (
        <p role="status" className="good">
          Added at position {entering.data.position}
        </p>
      )}
      <ProblemText error={entering.error} />
    </>
  );
}

type Wrongs = Readonly<Record<"customer" | "asset" | "amount" | "reference", string | undefined>>;

function wrongsOf({ customer, asset, reference }: Draft, amount: Parsed<bigint>): Wrongs {
  return {
    customer: customer.trim() === "" ? "Enter a customer." : undefined,
    asset: asset === "" ? "Add an asset first." : undefined,
    amount: wrongOf(amount) ?? (rightOf(amount) === 0n ? "The amount must not be zero." : undefined),
    reference: reference.trim() === "" ? "Enter a reference to find the entry later." : undefined,
  };
}

type Written = Omit<EntryDraft, "key" | "happenedAtMs">;

function entryOf({ customer, asset, kind, sign, reference }: Draft, value: bigint): Written {
  const isNegative = kind === "adjustment" ? sign === "-" : GOING_OUT.includes(kind);
  return {
    customer: customer.trim(),
    asset,
    kind,
    amount: String(isNegative ? -value : value),
    reference: reference.trim(),
  };
}

function keyed(written: Written, { key, beganAtMs }: Attempt) {
  const entry: EntryDraft = { ...written, key: `console-${key}`, happenedAtMs: beganAtMs };
  return { body: { entries: [entry] } };
}

function Fields({
  draft: { customer, asset, kind, sign, amount, reference },
  assets,
  wrong,
  hasCustomer,
  onChange,
}: {
  readonly draft: Draft;
  readonly assets: readonly string[];
  readonly wrong: Wrongs;
  readonly hasCustomer: boolean;
  readonly onChange: (change: Partial<Draft>) => void;
}) {
  const text = (
    name: "customer" | "amount" | "reference",
    label: string,
    value: string,
    maxLength: number,
  ) => ({
    label,
    value,
    maxLength,
    wrong: wrong[name],
    onChange: (changed: string) => onChange({ [name]: changed }),
  });
  return (
    <div className="fields">
      {hasCustomer && <TextField {...text("customer", "Customer", customer, 128)} />}
      <SelectField
        label="Type"
        value={kind}
        onChange={(value) => onChange({ kind: value })}
        options={KINDS}
      />
      {kind === "adjustment" && (
        <SelectField
          label="Direction"
          value={sign}
          onChange={(value) => onChange({ sign: value })}
          options={[
            ["+", "increases liabilities"],
            ["-", "decreases liabilities"],
          ]}
        />
      )}
      <SelectField
        label="Asset"
        value={asset}
        onChange={(value) => onChange({ asset: value })}
        options={assets.map((id) => [id, id] as const)}
        wrong={wrong.asset}
      />
      <TextField {...text("amount", "Amount", amount, 120)} inputMode="decimal" unit={asset} />
      <TextField {...text("reference", "Reference", reference, 128)} />
    </div>
  );
}
