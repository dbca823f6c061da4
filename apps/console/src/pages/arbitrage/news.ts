import { useEffect, useSyncExternalStore } from "react";
import { queries } from "../../live/node.ts";
import { session } from "../../session/session.ts";
import { pathOf } from "../operations/services.ts";
import { SERVICE } from "../operations/useService.ts";
import type { FeedSnapshot } from "../reserves/service/EventFeed.ts";
import { feedOf } from "../reserves/service/feedOf.ts";
import { linkTo } from "../reserves/service/ServiceLink.ts";

const REFRESH_MS = 400;
const PATH = pathOf("arbitrage");

export const link = linkTo(PATH);

const feed = feedOf(PATH);
session.onLeaving(() => feed.forget());

let isDue = false;
feed.onEvent(() => {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    void queries.invalidateQueries({
      predicate: ({ queryKey: [kind, ...rest] }) =>
        kind === SERVICE && rest.some((part) => typeof part === "string" && part.startsWith(PATH)),
    });
  }, REFRESH_MS);
});

export function useNews(isWanted: boolean): FeedSnapshot {
  useEffect(() => (isWanted ? feed.subscribe(() => {}) : undefined), [isWanted]);
  return useSyncExternalStore(isWanted ? feed.subscribe : never, feed.snapshot);
}

const never = () => () => {};
