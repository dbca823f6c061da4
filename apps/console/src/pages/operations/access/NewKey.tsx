import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { pathOf, type ServiceName } from "../services.ts";
import { useServiceChange } from "../useService.ts";
import type { NewKeyJson } from "./KeyJson.ts";

const ROLES = ["operator", "auditor", "viewer", "customer", "admin"] as const;
type Role = (typeof ROLES)[number];

/** Arbitrage has no customers. */
function rolesOf(service: ServiceName): readonly Role[] {
  return service === "reserves" ? ROLES : ROLES.filter((role) => role !== "customer");
}

/** Of scopes. */
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

/** Makes a key for a program. */
export function NewKey({
  service,
  onMade,
}: {
  readonly service: ServiceName;
  readonly onMade: (made: NewKeyJson) => void;
}) {
  const make = useServiceChange<NewKeyJson>();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const [customer, setCustomer] = useState("");
  const [scopesText, setScopesText] = useState("*");
  const [days, setDays] = useState<(typeof ENDS)[number][0]>("90");
  const scopes = scopesText.split(/[\s,]+/).filter((scope) => scope !== "");
  const bad = scopes.find((scope) => !SCOPE.test(scope));
  const wrong = {
    name: name.trim() === "" ? "A name is needed: for whom it is." : undefined,
    customer: role === "customer" && customer.trim() === "" ? "Whose rows it may see." : undefined,
    scopes:
      scopes.length === 0
        ? "At least one is needed."
        : bad !== undefined
          ? `${bad} is no scope: it looks like ledger:read, or * for all of the role.`
          : undefined,
  };
  const send = (): void => {
    const body = {
      ...{ name: name.trim(), role, scopes },
      customerId: role === "customer" ? customer.trim() : null,
      expiresAtMs: days === "" ? null : Date.now() + Number(days) * DAY_MS,
    };
    make.mutate(
      { path: `${pathOf(service)}/api-keys`, method: "POST", body },
      {
        onSuccess(made) {
          onMade(made);
          setName("");
        },
      },
    );
  };
  return (
    <>
      <h3>Make a key</h3>
      <Form
        label="Make a key"
        action="Make it"
        isValid={Object.values(wrong).every((what) => what === undefined)}
        isSending={make.isPending}
        onSubmit={send}
      >
        <div className="field-row">
          <TextField label="Name" value={name} onChange={setName} maxLength={128} wrong={wrong.name} />
          <SelectField
            label="Role"
            value={role}
            onChange={setRole}
            options={rolesOf(service).map((one) => [one, one])}
          />
          {role === "customer" && (
            <TextField
              label="Customer"
              value={customer}
              onChange={setCustomer}
              maxLength={128}
              wrong={wrong.customer}
            />
          )}
          <TextField
            label="Scopes"
            value={scopesText}
            onChange={setScopesText}
            maxLength={1_000}
            hint={`${EXAMPLES[service]}, or * for all that the role may`}
            wrong={wrong.scopes}
          />
          <SelectField label="Ends" value={days} onChange={setDays} options={ENDS} />
        </div>
        <ProblemText error={make.error} />
      </Form>
    </>
  );
}
