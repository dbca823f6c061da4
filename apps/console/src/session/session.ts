import { useSyncExternalStore } from "react";
import { AUTH_API, hosts, origin } from "../origin.ts";
import { principalOf, type Role, type SessionState, SessionStore } from "./SessionStore.ts";

/** Key in `sessionStorage` that marks a tab as signed out. */
const LEFT = "trellis-signed-out";
const RETRY_MS = 1_500;
const tabs = new BroadcastChannel("trellis-session");

export const session = new SessionStore({
  fetch: (...args) => globalThis.fetch(...args),
  path: AUTH_API,
  isDevelopment: origin.isDevelopment,
  isLeft: () => sessionStorage.getItem(LEFT) !== null,
  setLeft: (isLeft) => (isLeft ? sessionStorage.setItem(LEFT, "1") : sessionStorage.removeItem(LEFT)),
  tellOthers: () => tabs.postMessage(null),
});

export const hasSessions = hosts("reserves") || hosts("arbitrage") || hosts("backup");

export async function beginSession(): Promise<void> {
  if (!hasSessions) return;
  await session.refresh();
  if (session.state.kind === "unreachable") setTimeout(() => void beginSession(), RETRY_MS);
}

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

/** Changes with the user, so that pages remount. */
export function useVisit(): number {
  return useSyncExternalStore(
    (listener) => session.onState(listener),
    () => session.leftCount,
  );
}

export function useRole(): Role | undefined {
  return principalOf(useSession())?.role ?? undefined;
}
