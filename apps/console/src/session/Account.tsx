import { Link } from "@tanstack/react-router";
import { hosts } from "../origin.ts";
import { hasSessions, useSession } from "./session.ts";
import "./session.css";

export function Account() {
  const state = useSession();
  if (!hasSessions || state.kind === "asking") return null;
  return (
    <Link to="/sign-in" className={`account account-${state.kind}`}>
      {state.kind === "signedIn" ? (
        <>
          <span className="visually-hidden">Signed in as </span>
          {state.principal.customerId ?? state.principal.role}
        </>
      ) : state.kind === "ended" ? (
        "Session ended"
      ) : state.kind === "unreachable" ? (
        `${hosts("reserves") ? "Custodian" : "Service"} offline`
      ) : (
        "Sign in"
      )}
    </Link>
  );
}
