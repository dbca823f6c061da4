import { useInfiniteQuery } from "@tanstack/react-query";
import type { Hex } from "viem";
import type { PageJson } from "./chainTypes.ts";
import { node } from "./node.ts";

/** Items of one request: the most that the node gives. */
const PAGE_ITEMS = "0x64";

/** A list that the node gives in pages, newest first. @param behind parameters that follow the page */
export function usePages<T>(method: string, params: readonly unknown[], behind: readonly unknown[] = []) {
  const query = useInfiniteQuery({
    queryKey: ["pages", method, params, behind],
    queryFn: ({ pageParam, signal }) =>
      node.request<PageJson<T>>(
        method,
        [...params, { count: PAGE_ITEMS, ...(pageParam === null ? {} : { cursor: pageParam }) }, ...behind],
        signal,
      ),
    initialPageParam: null as Hex | null,
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
  });
  return { query, items: query.data?.pages.flatMap(({ items }) => items) };
}
