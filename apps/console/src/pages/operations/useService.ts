import { type UseQueryResult, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../../live/node.ts";
import { Attempts } from "../../session/Attempts.ts";
import { SERVICE } from "../../session/told.ts";
import { callService, type ServiceCall } from "./callService.ts";

export { SERVICE };

/** Asks a service again and again, also after it was away: what was known before stays until then. */
export function useService<T>(path: string, everyMs: number, isWanted = true): UseQueryResult<T> {
  return useQuery<T, Error, T>({
    queryKey: [SERVICE, path],
    queryFn: ({ signal }) => callService<T>(path, { signal }),
    enabled: isWanted,
    refetchInterval: everyMs,
    retry: false,
    staleTime: 0,
  });
}

export interface ServiceChange extends ServiceCall {
  readonly path: string;
}

/** Changes something once, also when it is sent again; what was read of the services before is read again. */
export function useServiceChange<T = unknown>() {
  const [attempts] = useState(() => new Attempts());
  return useMutation<T, Error, ServiceChange>({
    mutationFn: (change) =>
      attempts.send(change, ({ key }) => {
        const { path, headers, ...call } = change;
        return callService<T>(path, { ...call, headers: { "idempotency-key": key, ...headers } });
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [SERVICE] }),
  });
}
