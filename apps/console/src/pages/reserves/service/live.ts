import { useEffect, useSyncExternalStore } from "react";
import { queries } from "../../../live/node.ts";
import { session } from "../../../session/session.ts";
import type { FeedSnapshot, ServiceEvent } from "./EventFeed.ts";
import { feedOf } from "./feedOf.ts";
import { link } from "./ServiceLink.ts";
import { RESERVES } from "./useReserves.ts";

/** Combines events within this time, in ms, into one refetch. */
const REFRESH_MS = 600;

export const feed = feedOf("/v1");

/** Operations whose results change with an event of this kind. */
const CHANGED_BY: Readonly<Record<string, readonly string[]>> = {
  "balance.changed": ["getTotals", "getBalances", "listHistory"],
  "debt.changed": ["getTotals", "getBalances", "listHistory"],
  "snapshot.published": ["listSnapshots", "getSnapshot", "getLogHead"],
  "snapshot.anchored": ["getSnapshot"],
  "attestation.published": ["listAttestations", "getLogHead"],
  "incident.opened": ["listIncidents"],
  "incident.changed": ["listIncidents"],
  "incident.closed": ["listIncidents"],
};

const due = new Set<string>();
let isDue = false;

feed.onEvent(({ type }: ServiceEvent) => {
  for (const operation of CHANGED_BY[type] ?? []) due.add(operation);
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    for (const operation of due) void queries.invalidateQueries({ queryKey: [RESERVES, operation] });
    due.clear();
  }, REFRESH_MS);
});

feed.onBeginning(askAllAgain);

let wasLost = false;
let wasOut = false;

function catchUp(): void {
  const isBack = wasLost && link.state === "live";
  wasLost = link.state === "lost" || (wasLost && !isBack);
  if (isBack) askAllAgain();
}

function askAllAgain(): void {
  void queries.invalidateQueries({ queryKey: [RESERVES] });
}

session.onLeaving(() => feed.forget());

session.onState(() => {
  const isIn = session.state.kind === "signedIn";
  if (isIn && wasOut) askAllAgain();
  wasOut = !isIn;
});

export function useFollowing(isWanted: boolean): void {
  useEffect(() => (isWanted ? link.onState(catchUp) : undefined), [isWanted]);
  useEffect(() => (isWanted ? feed.subscribe(() => {}) : undefined), [isWanted]);
}

export function useFeed(): FeedSnapshot {
  return useSyncExternalStore(feed.subscribe, feed.snapshot);
}
