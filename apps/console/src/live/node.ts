import { type Query, QueryClient, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { isRefusal } from "../errors.ts";
import { hosts } from "../session/origin.ts";
import { followGenesis } from "./followGenesis.ts";
import { type ConnectionState, isAskedAgain, RpcConnection } from "./RpcConnection.ts";

/** At most so often what is shown of the head is asked for again. ms */
const REFRESH_MS = 500;

/** The node behind this page, on its own origin. */
export const node = new RpcConnection(
  hosts("chain") ? `${location.origin.replace(/^http/, "ws")}/rpc` : undefined,
);

export const queries = new QueryClient({
  defaultOptions: {
    // A node on the same machine, and a verifier in the browser, need no network.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      retry: isAskedAgain,
      retryDelay: 1_000,
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
    },
  },
});

const LIVE = "live";
/** Of a question, how it is asked beside the cache. */
const AGAIN = "again";

/** Asks the node once; what it says of final things does not change. */
export function useRpc<T>(
  method: string,
  params: readonly unknown[] = [],
  isWanted = true,
): UseQueryResult<T> {
  return useQuery<T, Error, T>({
    queryKey: [method, params],
    queryFn: ({ signal }) => node.request<T>(method, params, signal),
    enabled: isWanted,
  });
}

/** Asks the node, and again whenever its chain moves; @param everyMs what moves without it is asked so often, too. */
export function useLiveRpc<T>(
  method: string,
  params: readonly unknown[] = [],
  isWanted = true,
  everyMs?: number,
): UseQueryResult<T> {
  return useQuery<T, Error, T>({
    queryKey: [LIVE, method, params],
    queryFn: ({ signal }) => node.request<T>(method, params, signal),
    meta: { [AGAIN]: () => node.request<T>(method, params) },
    enabled: isWanted,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

export function useConnection(): ConnectionState {
  return useSyncExternalStore(
    (listener) => node.onState(listener),
    () => node.state,
  );
}

/** Whether the node tells by itself what happens there. */
export function useIsTold(): boolean {
  return useSyncExternalStore(
    (listener) => node.onState(listener),
    () => node.isTold,
  );
}

/** What is live is asked for again when the head moves, when the node is back, and when it refuses to tell. */
export function followHead(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refreshSoon = (): void => {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void queries.invalidateQueries({ queryKey: [LIVE], predicate: (query) => !isRefused(query) });
      for (const query of queries.getQueryCache().findAll({ queryKey: [LIVE], type: "active" })) {
        if (isRefused(query)) void askAgain(query);
      }
    }, REFRESH_MS);
  };
  node.subscribe("eth_subscribe", () => ["newHeads"], refreshSoon);
  node.onState(() => {
    if (node.state === "live") refreshSoon();
  });
  followGenesis(node, () => location.reload());
}

function isRefused({ state, meta }: Query): boolean {
  return isRefusal(state.error) && meta?.[AGAIN] !== undefined;
}

/** Asks what was refused. The refusal stands until there is an answer: a page does not go back to waiting for it. */
async function askAgain({ queryKey, meta }: Query): Promise<void> {
  const again = meta?.[AGAIN] as () => Promise<unknown>;
  try {
    const data = await again();
    queries.setQueryData(queryKey, data);
  } catch {
    // Refused as before; or the connection is lost, which says so itself.
  }
}
