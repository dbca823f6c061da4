import { useSyncExternalStore } from "react";
import { AUTH_API, hosts, origin } from "./origin.ts";
import { principalOf, type Role, type SessionState, SessionStore } from "./SessionStore.ts";

/** Not who one is, only that one left: what proves it never lies where scripts read. */
const LEFT = "trellis-signed-out";
const RETRY_MS = 1_500;
/** Tabs of this origin: a message says that the session is another one now. */
const tabs = new BroadcastChannel("trellis-session");

export const session = new SessionStore({
  fetch: (...args) => globalThis.fetch(...args),
  path: AUTH_API,
  isDevelopment: origin.isDevelopment,
  isLeft: () => sessionStorage.getItem(LEFT) !== null,
  setLeft: (isLeft) => (isLeft ? sessionStorage.setItem(LEFT, "1") : sessionStorage.removeItem(LEFT)),
  tellOthers: () => tabs.postMessage(null),
});

/** Whether there is anybody to sign in with: a node knows no users. */
export const hasSessions = hosts("reserves") || hosts("arbitrage");

/** Asks who this is, and again as long as nobody says. */
export async function beginSession(): Promise<void> {
  if (!hasSessions) return;
  await session.refresh();
  if (session.state.kind === "unreachable") setTimeout(() => void beginSession(), RETRY_MS);
}

/** Asks again when another tab signed in or out, and when someone comes back to this one. */
export function followSession(): void {
  if (!hasSessions) return;
  tabs.addEventListener("message", () => void session.refresh());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void session.refresh();
  });
}

export function useSession(): SessionState {
  return useSyncExternalStore(
    (listener) => session.onState(listener),
    () => session.state,
  );
}

/** Another for each person: a page of the one is not the next one's. */
export function useVisit(): number {
  return useSyncExternalStore(
    (listener) => session.onState(listener),
    () => session.leftCount,
  );
}

/** Undefined while nobody is signed in; of a session that ended on this page what it was. */
export function useRole(): Role | undefined {
  return principalOf(useSession())?.role ?? undefined;
}
