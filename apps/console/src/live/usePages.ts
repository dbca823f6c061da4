import { type InfiniteData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Hex } from "viem";
import type { PageJson } from "./chainTypes.ts";
import { node, queries, useLiveRpc } from "./node.ts";
import { type Pages, renewed } from "./renewed.ts";

const PAGE_ITEMS = "0x64";

/** @param behind parameters after the page parameter */
export function usePages<T>(method: string, params: readonly unknown[], behind: readonly unknown[] = []) {
  const asked = (cursor: Hex | null) => [
    ...params,
    { count: PAGE_ITEMS, ...(cursor === null ? {} : { cursor }) },
    ...behind,
  ];
  const key = ["pages", method, params, behind];
  const query = useInfiniteQuery<PageJson<T>, Error, InfiniteData<PageJson<T>>, typeof key, Hex | null>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => node.request<PageJson<T>>(method, asked(pageParam), signal),
    initialPageParam: null,
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
  });
  const newest = useLiveRpc<PageJson<T>>(method, asked(null)).data;
  const known = query.data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each render creates another key
  useEffect(() => {
    if (known === undefined || newest === undefined) return;
    queries.setQueryData<Pages<T>>(key, (now) => now && renewed(now, newest));
  }, [known, newest]);
  return { query, items: known?.pages.flatMap(({ items }) => items) };
}
