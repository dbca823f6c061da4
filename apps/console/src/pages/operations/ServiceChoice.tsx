import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { hosts, origin } from "../../origin.ts";
import { SessionEndedBanner } from "../../session/SessionEnded.tsx";
import { useSession } from "../../session/session.ts";
import { Choice } from "../../ui/Choice.tsx";
import { Empty, Loading } from "../../ui/states.tsx";
import { partOf, SERVICES, type ServiceName, useAccess } from "./services.ts";

export function ServiceChoice({
  value,
  onChange,
  among = SERVICES.map(({ name }) => name),
}: {
  readonly value: ServiceName;
  readonly onChange: (service: ServiceName) => void;
  readonly among?: readonly ServiceName[];
}) {
  const offered = SERVICES.filter(({ name }) => among.includes(name));
  if (offered.length < 2) return null;
  return (
    <Choice
      label="Service"
      value={value}
      onChange={onChange}
      options={offered.map(({ name, title }) => [name, title])}
    />
  );
}

export function WithAccess({
  service,
  children,
}: {
  readonly service: ServiceName;
  readonly children: ReactNode;
}) {
  const access = useAccess(service);
  const session = useSession();
  if (!hosts(partOf(service))) {
    return (
      <Empty title="This service is not available on this server">
        This page shows the {service} service. This server does not host it.
      </Empty>
    );
  }
  if (access === "open") {
    return (
      <>
        {service === "node" && origin.isDevelopment && (
          <p className="soft">
            A devnet node has no users. Anyone who can open this page can read and change its data.
          </p>
        )}
        {service !== "node" && session.kind === "ended" && <SessionEndedBanner code={session.code} />}
        {children}
      </>
    );
  }
  if (access === "asking") return <Loading what="Checking access" />;
  if (access === "unreachable") {
    return <Empty title="The service is not responding yet">The console retries automatically.</Empty>;
  }
  return (
    <Empty title="This page is for operators">
      <Link to="/sign-in">Sign in</Link> to see it.
    </Empty>
  );
}
