import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { PrincipalFacts } from "../../../session/PrincipalFacts.tsx";
import { principalOf, type Role } from "../../../session/SessionStore.ts";
import { useRole, useSession } from "../../../session/session.ts";
import { Badge, Card } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { ServiceChoice, WithAccess } from "../ServiceChoice.tsx";
import { KNOWING, type ServiceName } from "../services.ts";
import { Keys } from "./Keys.tsx";
import "../operations.css";

const READERS = [
  ["auditor", "reads all but secrets and the log; changes nothing"],
  ["viewer", "reads what an auditor reads, but not who did what"],
] as const;

/** What each role may, in words. */
const ROLES: Readonly<Partial<Record<ServiceName, readonly (readonly [Role, string])[]>>> = {
  reserves: [
    ["admin", "everything, and alone: API keys and settings"],
    ["operator", "runs the service: snapshots, jobs, incidents, log, levels"],
    ...READERS,
    ["customer", "reads what is their own"],
  ],
  arbitrage: [
    ["admin", "everything, and alone: API keys, settings, trades, the books, and letting trading go on"],
    ["operator", "runs the service: simulates, stops all trading, log, levels"],
    ...READERS,
  ],
};

/** Who may do what here. */
export function Access() {
  const role = useRole();
  const [service, setService] = useState<ServiceName>(KNOWING[0] ?? "reserves");
  return (
    <>
      <div className="page-head">
        <h1>Users, roles, API keys</h1>
        <ServiceChoice value={service} onChange={setService} among={KNOWING} />
      </div>
      <WithAccess service={service}>
        <div className="columns">
          <Self />
          <Card title="Roles">
            <ul className="roles">
              {ROLES[service]?.map(([name, may]) => (
                <li key={name}>
                  <Badge tone={name === role ? "info" : "plain"}>{name}</Badge> {may}
                </li>
              ))}
            </ul>
            <p className="soft">
              People come from the identity provider, which says their role; they are not kept here. Programs
              come with API keys, which are. What either did stands in the{" "}
              <Link to="/operations/audit" className="inline">
                audit log
              </Link>
              .
            </p>
          </Card>
        </div>
        {role === "admin" ? (
          <Keys key={service} service={service} />
        ) : (
          <Card title="API keys">
            <Empty title="Only an admin sees who has keys" />
          </Card>
        )}
      </WithAccess>
    </>
  );
}

function Self() {
  const principal = principalOf(useSession());
  if (principal === null) return null;
  return (
    <Card title="You">
      <PrincipalFacts {...principal} />
      <p>
        <Link to="/sign-in">Sign out, or be somebody else</Link>
      </p>
    </Card>
  );
}
