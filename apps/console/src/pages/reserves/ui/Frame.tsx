import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useConnection } from "../../../live/node.ts";
import { hosts } from "../../../origin.ts";
import { SessionEnded, SessionEndedBanner } from "../../../session/SessionEnded.tsx";
import type { Principal, Role, SessionState } from "../../../session/SessionStore.ts";
import { useSession } from "../../../session/session.ts";
import { Freshness, GoneBanner } from "../../../ui/Freshness.tsx";
import { Empty, Loading } from "../../../ui/states.tsx";
import { useFollowing } from "../service/live.ts";
import { link, useLink } from "../service/ServiceLink.ts";
import "./reserves.css";

interface FrameProps {
  readonly title: string;
  readonly roles?: readonly Role[];
  readonly aside?: ReactNode;
  /** True if the page works without the service. */
  readonly isAlone?: boolean;
  readonly children: ReactNode;
}

export function Frame({ title, roles, aside, isAlone = false, children }: FrameProps) {
  const state = useSession();
  useFollowing(!isAlone && state.kind === "signedIn" && grants(state.principal.scopes, "events:read"));
  if (!isAlone && !hosts("reserves")) {
    return (
      <>
        <h1>{title}</h1>
        <Empty title="Proof of reserves is not available on this server">
          `trellis devnet` runs a custodian with its chain. `trellis reserves serve` runs a custodian without
          a chain.
        </Empty>
      </>
    );
  }
  return (
    <>
      <div className="page-head">
        <h1>{title}</h1>
        {aside}
        {!isAlone && <CustodianFreshness />}
      </div>
      {roles === undefined ? (
        children
      ) : (
        <Gate state={state} roles={roles}>
          {children}
        </Gate>
      )}
    </>
  );
}

function grants(scopes: readonly string[], scope: string): boolean {
  return scopes.includes("*") || scopes.includes(scope) || scopes.includes(`${scope.split(":")[0]}:*`);
}

function Gate({
  state,
  roles,
  children,
}: {
  readonly state: SessionState;
  readonly roles: readonly Role[];
  readonly children: ReactNode;
}) {
  switch (state.kind) {
    case "asking":
      return <Loading what="Checking access" />;
    case "unreachable":
      return (
        <Empty title="The custodian service is not responding yet">
          A devnet starts it within seconds. The console retries automatically.
        </Empty>
      );
    case "ended":
      // Same component tree as for `signedIn`, so that React does not remount the page.
      return state.principal !== null ? (
        <Admitted principal={state.principal} roles={roles} endedBy={state.code}>
          {children}
        </Admitted>
      ) : (
        <>
          <SessionEnded code={state.code} />
          <Link to="/sign-in" className="button primary">
            Sign in again
          </Link>
        </>
      );
    case "signedOut":
      return (
        <div className="state">
          <strong>This page requires sign-in</strong>
          <p>The overview, the transparency log and “Verify a proof” are public.</p>
          <Link to="/sign-in" className="button primary">
            Sign in
          </Link>
        </div>
      );
    default:
      return (
        <Admitted principal={state.principal} roles={roles}>
          {children}
        </Admitted>
      );
  }
}

function Admitted({
  principal: { role },
  roles,
  endedBy,
  children,
}: {
  readonly principal: Principal;
  readonly roles: readonly Role[];
  readonly endedBy?: string;
  readonly children: ReactNode;
}) {
  if (role === null || !roles.includes(role)) {
    return (
      <Empty title={`The role ${role ?? "none"} has no access to this page`}>
        Roles with access: {roles.join(", ")}.
      </Empty>
    );
  }
  return (
    <>
      {endedBy !== undefined && <SessionEndedBanner code={endedBy} />}
      {children}
    </>
  );
}

function CustodianFreshness() {
  const state = useLink(link);
  const node = useConnection();
  const isSaidAbove = hosts("chain") && node === "lost";
  return (
    <>
      <Freshness of="custodian" state={state} heardAtMs={link.heardAtMs} />
      {state === "lost" && !isSaidAbove && (
        <GoneBanner who="The custodian service" heardAtMs={link.heardAtMs} />
      )}
    </>
  );
}

export const STAFF: readonly Role[] = ["admin", "operator", "auditor"];
export const OPERATORS: readonly Role[] = ["admin", "operator"];
