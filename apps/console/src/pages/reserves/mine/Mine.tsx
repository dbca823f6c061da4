import { Link } from "@tanstack/react-router";
import { principalOf } from "../../../session/SessionStore.ts";
import { useSession } from "../../../session/session.ts";
import { Card } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { PersonExport } from "../customers/PersonExport.tsx";
import { Proofs } from "../customers/Proofs.tsx";
import { Balances } from "../ledger/Balances.tsx";
import { Frame } from "../ui/Frame.tsx";

export function Mine() {
  const customerId = principalOf(useSession())?.customerId ?? null;
  return (
    <Frame title="Your balances" roles={["customer"]}>
      {customerId === null ? (
        <Empty title="You are not signed in as a customer" />
      ) : (
        <>
          <Card title={customerId}>
            <Balances customerId={customerId} />
          </Card>
          <Card title="Inclusion proofs" aside={<Link to="/verify">Verify a proof file</Link>}>
            <Proofs customerId={customerId} />
          </Card>
          <PersonExport customerId={customerId} />
        </>
      )}
    </Frame>
  );
}
