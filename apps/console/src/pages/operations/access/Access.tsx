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
import { Sessions } from "./Sessions.tsx";
import "../operations.css";

const READERS = [
  ["auditor", "reads everything except secrets and the logs; changes nothing"],
  ["viewer", "reads what an auditor reads, except the audit log"],
] as const;

const ROLES: Readonly<Partial<Record<ServiceName, readonly (readonly [Role, string])[]>>> = {
  reserves: [
    ["admin", "full access; the only role that manages API keys, others' sessions, keys and settings"],
    ["operator", "runs the service: snapshots, jobs, incidents, logs, log levels"],
    ...READERS,
    ["customer", "reads its own data"],
  ],
  arbitrage: [
    [
      "admin",
      "full access; the only role that manages API keys, others' sessions, keys and settings, trades, corrects the ledger and resumes trading",
    ],
    ["operator", "runs the service: simulations, kill switch, logs, log levels"],
    ...READERS,
  ],
};

export function Access() {
  const role = useRole();
  const [service, setService] = useState<ServiceName>(KNOWING[0] ?? "reserves");
  return (
    <>
      <div className="page-head">
        <h1>Users and sessions</h1>
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
              Users come from the identity provider, which assigns their roles. Programs use API keys, which
              this service stores. The actions of both are recorded in the{" "}
              <Link to="/operations/audit" className="inline">
                audit log
              </Link>
              .
            </p>
          </Card>
        </div>
        <Sessions key={`${service} sessions`} service={service} />
        {role === "admin" ? (
          <Keys key={service} service={service} />
        ) : (
          <Card title="API keys">
            <Empty title="Only an admin can see API keys" />
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
    <Card title="Your account">
      <PrincipalFacts {...principal} />
      <p>
        <Link to="/sign-in">Sign out or switch account</Link>
      </p>
    </Card>
  );
}
