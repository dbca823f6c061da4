import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { pathOf, type ServiceName } from "../services.ts";
import { useServiceChange } from "../useService.ts";
import type { NewKeyJson } from "./KeyJson.ts";

const ROLES = ["operator", "auditor", "viewer", "customer", "admin"] as const;
type Role = (typeof ROLES)[number];

function rolesOf(service: ServiceName): readonly Role[] {
  return service === "reserves" ? ROLES : ROLES.filter((role) => role !== "customer");
}

const EXAMPLES: Readonly<Partial<Record<ServiceName, string>>> = {
  reserves: "ledger:read, jobs:*",
  arbitrage: "arbitrage:read, risk:*",
};

const ENDS = [
  ["30", "in 30 days"],
  ["90", "in 90 days"],
  ["365", "in a year"],
  ["", "never"],
] as const;

const DAY_MS = 86_400_000;
const SCOPE = /^(?:\*|[a-z]+:(?:\*|[a-z]+))$/;

interface Draft {
  readonly name: string;
  readonly role: Role;
  readonly customer: string;
  readonly scopes: string;
  readonly days: (typeof ENDS)[number][0];
}

const UNTOUCHED: Draft = { name: "", role: "operator", customer: "", scopes: "*", days: "90" };

export function NewKey({
  service,
  onMade,
}: {
  readonly service: ServiceName;
  readonly onMade: (made: NewKeyJson) => void;
}) {
  const make = useServiceChange<NewKeyJson>();
  const [draft, setDraft] = useState(UNTOUCHED);
  const change = (part: Partial<Draft>): void => setDraft((now) => ({ ...now, ...part }));
  const wrong = mistakesIn(draft);
  const send = (): void =>
    make.mutate(
      { path: `${pathOf(service)}/api-keys`, method: "POST", body: requestOf(draft) },
      {
        onSuccess(made) {
          onMade(made);
          change({ name: "" });
        },
      },
    );
  return (
    <>
      <h3>Create API key</h3>
      <Form
        label="Create API key"
        action="Create key"
        isValid={Object.values(wrong).every((what) => what === undefined)}
        isSending={make.isPending}
        onSubmit={send}
      >
        <Fields service={service} draft={draft} wrong={wrong} onChange={change} />
        <ProblemText error={make.error} />
      </Form>
    </>
  );
}

function Fields({
  service,
  draft,
  wrong,
  onChange,
}: {
  readonly service: ServiceName;
  readonly draft: Draft;
  readonly wrong: ReturnType<typeof mistakesIn>;
  readonly onChange: (part: Partial<Draft>) => void;
}) {
  return (
    <div className="field-row">
      <TextField
        label="Name"
        value={draft.name}
        onChange={(name) => onChange({ name })}
        maxLength={128}
        wrong={wrong.name}
      />
      <SelectField
        label="Role"
        value={draft.role}
        onChange={(role) => onChange({ role })}
        options={rolesOf(service).map((one) => [one, one])}
      />
      {draft.role === "customer" && (
        <TextField
          label="Customer"
          value={draft.customer}
          onChange={(customer) => onChange({ customer })}
          maxLength={128}
          wrong={wrong.customer}
        />
      )}
      <TextField
        label="Scopes"
        value={draft.scopes}
        onChange={(scopes) => onChange({ scopes })}
        maxLength={1_000}
        hint={`${EXAMPLES[service]}, or * for all scopes of the role`}
        wrong={wrong.scopes}
      />
      <SelectField
        label="Expires"
        value={draft.days}
        onChange={(days) => onChange({ days })}
        options={ENDS}
      />
    </div>
  );
}

function mistakesIn(draft: Draft) {
  const { name, role, customer } = draft;
  const scopes = scopesOf(draft);
  const bad = scopes.find((scope) => !SCOPE.test(scope));
  return {
    name: name.trim() === "" ? "Enter a name." : undefined,
    customer: role === "customer" && customer.trim() === "" ? "Enter the customer ID." : undefined,
    scopes:
      scopes.length === 0
        ? "Enter at least one scope."
        : bad !== undefined
          ? `${bad} is not a scope. Expected ledger:read, for example, or * for all scopes of the role.`
          : undefined,
  };
}

function requestOf(draft: Draft) {
  const { name, role, customer, days } = draft;
  return {
    name: name.trim(),
    role,
    scopes: scopesOf(draft),
    customerId: role === "customer" ? customer.trim() : null,
    expiresAtMs: days === "" ? null : Date.now() + Number(days) * DAY_MS,
  };
}

function scopesOf({ scopes }: Draft): readonly string[] {
  return scopes.split(/[\s,]+/).filter((scope) => scope !== "");
}
