import { type Query, QueryClient, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { isRefusal } from "../errors.ts";
import { hosts } from "../origin.ts";
import { followGenesis } from "./followGenesis.ts";
import { type ConnectionState, isAskedAgain, RpcConnection } from "./RpcConnection.ts";

/** Minimum interval between refetches, in ms. */
const REFRESH_MS = 500;

export const node = new RpcConnection(
  hosts("chain") ? `${location.origin.replace(/^http/, "ws")}/rpc` : undefined,
);

export const queries = new QueryClient({
  defaultOptions: {
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
/** Key in a query's `meta` for its refetch function. */
const AGAIN = "again";

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

/** Refetches after new blocks. @param everyMs for results that change without blocks */
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

export function useIsTold(): boolean {
  return useSyncExternalStore(
    (listener) => node.onState(listener),
    () => node.isTold,
  );
}

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

/** Unlike `invalidateQueries`, keeps an error until a refetch succeeds. */
async function askAgain({ queryKey, meta }: Query): Promise<void> {
  const again = meta?.[AGAIN] as () => Promise<unknown>;
  try {
    const data = await again();
    queries.setQueryData(queryKey, data);
  } catch {
    // An earlier error stays visible.
  }
}
