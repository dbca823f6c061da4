import { Link } from "@tanstack/react-router";
import { principalOf } from "../../../session/SessionStore.ts";
import { useSession } from "../../../session/session.ts";
import { Card } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Balances } from "../customers/Balances.tsx";
import { PersonExport } from "../customers/PersonExport.tsx";
import { Proofs } from "../customers/Proofs.tsx";
import { Frame } from "../ui/Frame.tsx";

/** What a customer sees: their own balances, and the proof that they are counted. */
export function Mine() {
  const customerId = principalOf(useSession())?.customerId ?? null;
  return (
    <Frame title="Your balances" roles={["customer"]}>
      {customerId === null ? (
        <Empty title="You are no customer here" />
      ) : (
        <>
          <Card title={customerId}>
            <Balances customerId={customerId} />
          </Card>
          <Card
            title="The proof that they are counted"
            aside={<Link to="/verify">verify a file that you kept</Link>}
          >
            <Proofs customerId={customerId} />
          </Card>
          <PersonExport customerId={customerId} />
        </>
      )}
    </Frame>
  );
}
