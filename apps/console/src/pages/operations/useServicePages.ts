import { useInfiniteQuery } from "@tanstack/react-query";
import { callService } from "./callService.ts";
import { SERVICE } from "./useService.ts";

export interface ServicePage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export function useServicePages<T>(path: string, everyMs?: number) {
  const query = useInfiniteQuery({
    queryKey: [SERVICE, "pages", path],
    queryFn: ({ pageParam, signal }) => callService<ServicePage<T>>(pageTarget(path, pageParam), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next ?? undefined,
    retry: false,
    staleTime: 0,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
  return { query, items: query.data?.pages.flatMap(({ items }) => items) };
}

export function pageTarget(path: string, cursor: string | null): string {
  if (cursor === null) return path;
  return `${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`;
}
