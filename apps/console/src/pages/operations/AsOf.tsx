import type { UseQueryResult } from "@tanstack/react-query";
import { agoText } from "../../format/units.ts";
import { useNow } from "../../ui/primitives.tsx";

export function AsOf({ query }: { readonly query: Pick<UseQueryResult, "dataUpdatedAt" | "error"> }) {
  return <Since timeMs={query.dataUpdatedAt} isStale={query.error !== null} />;
}

export function Since({ timeMs, isStale }: { readonly timeMs: number; readonly isStale: boolean }) {
  const now = useNow();
  if (timeMs === 0) return null;
  return isStale ? (
    <span className="as-of stale">stale, updated {agoText(timeMs, now)}</span>
  ) : (
    <span className="as-of">updated {agoText(timeMs, now)}</span>
  );
}
