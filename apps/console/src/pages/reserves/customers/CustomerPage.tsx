import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { cutText } from "../../../format/cutText.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { Form, TextField } from "../../../ui/Form.tsx";
import { Badge, Card, Copy, Fact, Facts } from "../../../ui/primitives.tsx";
import { Empty, NoPage } from "../../../ui/states.tsx";
import { EnterEntry } from "../ledger/EnterEntry.tsx";
import { useChange, useReserves } from "../service/useReserves.ts";
import { Frame, OPERATORS, STAFF } from "../ui/Frame.tsx";
import { Answered } from "../ui/Refused.tsx";
import { TimeText } from "../ui/TimeText.tsx";
import { Balances } from "./Balances.tsx";
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
    <NoPage title={`There is no customer “${cutText(id, 80)}”`}>
      Ids are compared to the letter. <Link to="/reserves/customers">All customers</Link>
    </NoPage>
  );
  return (
    <Answered
      query={customer}
      what="Asking for the customer"
      instead={{ LEDGER_UNKNOWN: unknown, REQUEST_INVALID: unknown, NOT_FOUND: unknown }}
    >
      {({ addedAtMs, isErased }) => (
        <>
          <Card title={id} aside={<Copy text={id} label="customer id" />}>
            <Facts>
              <Fact name="Added">
                <TimeText ms={addedAtMs} />
              </Fact>
              <Fact name="State">
                {isErased ? (
                  <Badge tone="warn">erased: nobody can be tied to it any more</Badge>
                ) : (
                  <Badge tone="good">active</Badge>
                )}
              </Fact>
            </Facts>
          </Card>
          <Card title="Balances">
            <Balances customerId={id} />
          </Card>
          <Card title="Proofs">
            {isErased ? (
              <Empty title="There are no proofs any more">
                Those that were given out stay valid; new ones would need the key that was deleted.
              </Empty>
            ) : (
              <Proofs customerId={id} />
            )}
          </Card>
          {role !== undefined && OPERATORS.includes(role) && !isErased && (
            <Card title="Enter for this customer">
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

/** Cannot be undone: the id is typed once more. */
function Erase({ id }: { readonly id: string }) {
  const [typed, setTyped] = useState("");
  const erasing = useChange("eraseCustomer", ["getCustomer", "listCustomers"]);
  const wrong = typed === id ? undefined : "This is not the id.";
  return (
    <Card title="Forget who this is">
      <p className="soft">
        Deletes the key from which salts and personal columns come, and what ties stored trees to the person.
        What was recorded, and proofs that were given out, stay valid. It cannot be undone.
      </p>
      <Form
        label="Forget who this is"
        isValid={wrong === undefined}
        isSending={erasing.isPending}
        onSubmit={() => erasing.mutate({ customerId: id })}
        action="Forget for good"
        isDangerous
      >
        <TextField
          label="The customer's id, once more"
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
