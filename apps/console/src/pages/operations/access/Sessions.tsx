import { principalOf } from "../../../session/SessionStore.ts";
import { useRole, useSession } from "../../../session/session.ts";
import { Ago, Badge, Card, Copy } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { AsOf } from "../AsOf.tsx";
import { Confirm } from "../Confirm.tsx";
import { ServiceList } from "../ServiceList.tsx";
import { pathOf, type ServiceName } from "../services.ts";
import { useServiceChange } from "../useService.ts";
import { useServicePages } from "../useServicePages.ts";

interface SessionJson {
  readonly id: string;
  readonly principal: string;
  readonly role: string | null;
  readonly provider: string;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
  readonly address: string;
  readonly userAgent: string;
  readonly isCurrent: boolean;
}

const EVERY_MS = 10_000;

export function Sessions({ service }: { readonly service: ServiceName }) {
  const path = pathOf(service);
  const { query, items } = useServicePages<SessionJson>(`${path}/sessions?limit=100`, EVERY_MS);
  const isAdmin = useRole() === "admin";
  return (
    <Card title={isAdmin ? "Browser sessions" : "Your browser sessions"} aside={<AsOf query={query} />}>
      <ServiceList query={query} items={items} what="Loading sessions" none={<Empty title="No sessions" />}>
        {(sessions) => <SessionTable path={path} sessions={sessions} />}
      </ServiceList>
    </Card>
  );
}

function SessionTable({
  path,
  sessions,
}: {
  readonly path: string;
  readonly sessions: readonly SessionJson[];
}) {
  return (
    <Table
      label="Browser sessions"
      rows={sessions}
      keyOf={({ id }) => id}
      columns={[
        {
          name: "User",
          width: "1fr",
          cell: ({ principal, isCurrent }) => (
            <span className="hex" title={principal}>
              {isCurrent && <Badge tone="info">this one</Badge>} <code>{principal}</code>
              <Copy text={principal} label="user ID" />
            </span>
          ),
        },
        { name: "Role", width: "6rem", cell: ({ role }) => <Badge>{role ?? "none"}</Badge> },
        { name: "Login", width: "7rem", isMinor: true, cell: ({ provider }) => <code>{provider}</code> },
        { name: "Address", width: "8rem", isMinor: true, cell: ({ address }) => <code>{address}</code> },
        {
          name: "Browser",
          width: "1fr",
          isMinor: true,
          cell: ({ userAgent }) => <span title={userAgent}>{userAgent}</span>,
        },
        {
          name: "Signed in",
          width: "7rem",
          isMinor: true,
          cell: ({ createdAtMs }) => <Ago ms={createdAtMs} />,
        },
        { name: "Last seen", width: "7rem", cell: ({ lastSeenAtMs }) => <Ago ms={lastSeenAtMs} /> },
        {
          name: "Action",
          width: "10rem",
          cell: (session) => (
            <span className="buttons">
              <End path={path} session={session} />
              <EndAll path={path} session={session} />
            </span>
          ),
        },
      ]}
    />
  );
}

function End({ path, session }: { readonly path: string; readonly session: SessionJson }) {
  const { id, principal, isCurrent } = session;
  const end = useServiceChange();
  return (
    <Confirm
      label="End"
      title={isCurrent ? "End this session?" : `End a session of ${principal}?`}
      action="End session"
      isDangerous
      isSending={end.isPending}
      error={end.error}
      onConfirm={() => end.mutateAsync({ path: `${path}/sessions/${id}`, method: "DELETE" })}
    >
      <p>
        {isCurrent
          ? "This is your current session. You will have to sign in again."
          : "The next request from this browser is rejected, and its live updates stop within half a minute."}
      </p>
    </Confirm>
  );
}

function EndAll({ path, session: { principal } }: { readonly path: string; readonly session: SessionJson }) {
  const isOwn = principalOf(useSession())?.id === principal;
  const end = useServiceChange();
  return (
    <Confirm
      label="End all"
      title={isOwn ? "End all your sessions?" : `End all sessions of ${principal}?`}
      action="End sessions"
      isDangerous
      isSending={end.isPending}
      error={end.error}
      onConfirm={() =>
        end.mutateAsync({
          path: `${path}/principals/${encodeURIComponent(principal)}/sessions`,
          method: "DELETE",
        })
      }
    >
      <p>
        {isOwn
          ? "This includes your current session. You will have to sign in again."
          : "The user can sign in again, unless the identity provider or the API key no longer permits it."}
      </p>
    </Confirm>
  );
}
