import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { cutText } from "../../../format/cutText.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { Form, TextField } from "../../../ui/Form.tsx";
import { Badge, Card, Copy, Fact, Facts } from "../../../ui/primitives.tsx";
import { Empty, NoPage } from "../../../ui/states.tsx";
import { Balances } from "../ledger/Balances.tsx";
import { EnterEntry } from "../ledger/EnterEntry.tsx";
import { useChange, useReserves } from "../service/useReserves.ts";
import { Frame, OPERATORS, STAFF } from "../ui/Frame.tsx";
import { Answered } from "../ui/Refused.tsx";
import { TimeText } from "../ui/TimeText.tsx";
import { PersonExport } from "./PersonExport.tsx";
import { Proofs } from "./Proofs.tsx";

export function CustomerPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return (
    <Frame title="Customer" roles={STAFF}>
      <Customer id={id} />
    </Frame>
  );
}

function Customer({ id }: { readonly id: string }) {
  const role = useRole();
  const customer = useReserves("getCustomer", { customerId: id });
  const unknown = (
    <NoPage title={`Customer “${cutText(id, 80)}” not found`}>
      Customer IDs are case-sensitive. <Link to="/reserves/customers">All customers</Link>
    </NoPage>
  );
  return (
    <Answered
      query={customer}
      what="Loading customer"
      instead={{ LEDGER_UNKNOWN: unknown, REQUEST_INVALID: unknown, NOT_FOUND: unknown }}
    >
      {({ addedAtMs, isErased }) => (
        <>
          <Card title={id} aside={<Copy text={id} label="customer ID" />}>
            <Facts>
              <Fact name="Added">
                <TimeText ms={addedAtMs} />
              </Fact>
              <Fact name="State">
                {isErased ? (
                  <Badge tone="warn">erased: not linked to a person</Badge>
                ) : (
                  <Badge tone="good">active</Badge>
                )}
              </Fact>
            </Facts>
          </Card>
          <Card title="Balances">
            <Balances customerId={id} />
          </Card>
          <Card title="Inclusion proofs">
            {isErased ? (
              <Empty title="No proofs available">
                Proofs already issued stay valid. New proofs would need the deleted key.
              </Empty>
            ) : (
              <Proofs customerId={id} />
            )}
          </Card>
          {role !== undefined && OPERATORS.includes(role) && !isErased && (
            <Card title="Add ledger entry">
              <EnterEntry customer={id} />
            </Card>
          )}
          <div className="columns">
            <PersonExport customerId={id} />
            {role === "admin" && !isErased && <Erase id={id} />}
          </div>
        </>
      )}
    </Answered>
  );
}

/** Irreversible, so the user must type the id. */
function Erase({ id }: { readonly id: string }) {
  const [typed, setTyped] = useState("");
  const erasing = useChange("eraseCustomer", ["getCustomer", "listCustomers"]);
  const wrong = typed === id ? undefined : "The ID does not match.";
  return (
    <Card title="Erase this customer">
      <p className="soft">
        Deletes the key behind the customer's salts and personal data, and the link between stored trees and
        the person. Records and issued proofs stay valid. This cannot be undone.
      </p>
      <Form
        label="Erase this customer"
        isValid={wrong === undefined}
        isSending={erasing.isPending}
        onSubmit={() => erasing.mutate({ customerId: id })}
        action="Erase permanently"
        isDangerous
      >
        <TextField
          label="Customer ID, to confirm"
          value={typed}
          onChange={setTyped}
          maxLength={128}
          wrong={wrong}
        />
      </Form>
      <ProblemText error={erasing.error} />
    </Card>
  );
}
