import { Badge, Fact, Facts } from "../ui/primitives.tsx";
import type { Principal } from "./SessionStore.ts";

export function PrincipalFacts({ id, role, customerId, scopes }: Principal) {
  return (
    <Facts>
      <Fact name="User ID">
        <code>{id}</code>
      </Fact>
      <Fact name="Role">
        <Badge tone="info">{role ?? "none"}</Badge>
      </Fact>
      {customerId !== null && <Fact name="Customer">{customerId}</Fact>}
      <Fact name="Scopes">{scopes.includes("*") ? "all scopes of the role" : scopes.join(", ")}</Fact>
    </Facts>
  );
}
