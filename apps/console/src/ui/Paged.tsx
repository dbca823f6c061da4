import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { isRefusal } from "../errors.ts";
import { IndexGap } from "./IndexGap.tsx";
import { Empty, Failure, Loading } from "./states.tsx";
import { Table, type TableProps } from "./Table.tsx";

interface PagedProps<T> extends Pick<TableProps<T>, "label" | "columns" | "keyOf" | "onOpen"> {
  readonly query: UseInfiniteQueryResult;
  readonly items: readonly T[] | undefined;
  readonly none: string;
}

export function Paged<T>({ query, items, none, ...table }: PagedProps<T>) {
  if (isRefusal(query.error) && query.error.facts.nodeCode === "RPC_INDEX_OFF") {
    return (
      <Empty title="This node has no index">
        Start the node with --index to list the data of an address.
      </Empty>
    );
  }
  if (items === undefined) {
    if (query.error !== null) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
    return <Loading what="Loading" />;
  }
  if (items.length === 0) {
    return (
      <>
        <IndexGap />
        <Empty title={none} />
      </>
    );
  }
  const { hasNextPage, isFetching, fetchNextPage } = query;
  return (
    <>
      <IndexGap />
      <Table
        {...table}
        rows={items}
        onEnd={hasNextPage && !isFetching ? () => void fetchNextPage() : undefined}
        footer={
          hasNextPage ? (
            <button type="button" className="more" disabled={isFetching} onClick={() => void fetchNextPage()}>
              {query.isFetchingNextPage ? "Loading…" : "Load more"}
            </button>
          ) : undefined
        }
      />
    </>
  );
}
