import { type UseQueryResult, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../../live/node.ts";
import { Attempts } from "../../session/Attempts.ts";
import { SERVICE } from "../../session/userQueries.ts";
import { callService, type ServiceCall } from "./callService.ts";

export { SERVICE };

/** The last response stays visible while the service is down. */
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
