import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { countText } from "../../../format/units.ts";
import { Empty, Loading } from "../../../ui/states.tsx";
import { Table, type TableProps } from "../../../ui/Table.tsx";
import { Refused } from "./Refused.tsx";

interface ListProps<T> extends Pick<TableProps<T>, "label" | "columns" | "keyOf" | "onOpen"> {
  readonly query: UseInfiniteQueryResult;
  readonly items: readonly T[] | undefined;
  readonly none: string;
  readonly isWhole?: boolean;
}

export function List<T>({ query, items, none, isWhole = false, ...table }: ListProps<T>) {
  const { hasNextPage, isFetching, fetchNextPage, error } = query;
  const next = useRef(fetchNextPage);
  next.current = fetchNextPage;
  useEffect(() => {
    if (isWhole && hasNextPage && !isFetching && error === null) void next.current();
  }, [isWhole, hasNextPage, isFetching, error]);
  if (items === undefined) {
    return error === null ? <Loading what="Loading" /> : <Refused error={error} onRetry={query.refetch} />;
  }
  if (items.length === 0) return <Empty title={none} />;
  return (
    <Table
      {...table}
      rows={items}
      footer={
        <div className="list-foot">
          <span className="soft" role="status">
            {countText(items.length)} {hasNextPage ? "loaded" : "in total"}
          </span>
          {hasNextPage && !isWhole && (
            <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
              {isFetching ? "Loading…" : "Load more"}
            </button>
          )}
        </div>
      }
    />
  );
}
