import { Badge, Fact, Facts } from "../ui/primitives.tsx";
import type { Principal } from "./SessionStore.ts";

/** Who somebody is to the services, and what they may. */
export function PrincipalFacts({ id, role, customerId, scopes }: Principal) {
  return (
    <Facts>
      <Fact name="Known as">
        <code>{id}</code>
      </Fact>
      <Fact name="Role">
        <Badge tone="info">{role ?? "none"}</Badge>
      </Fact>
      {customerId !== null && <Fact name="Customer">{customerId}</Fact>}
      <Fact name="May">{scopes.includes("*") ? "all that the role may" : scopes.join(", ")}</Fact>
    </Facts>
  );
}
