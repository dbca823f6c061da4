import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure, Loading } from "../../ui/states.tsx";

interface ServiceListProps<T> {
  readonly query: UseInfiniteQueryResult;
  readonly items: readonly T[] | undefined;
  readonly what: string;
  readonly none: ReactNode;
  readonly children: (items: readonly T[]) => ReactNode;
}

export function ServiceList<T>({ query, items, what, none, children }: ServiceListProps<T>) {
  if (items === undefined) {
    if (query.error === null) return <Loading what={what} />;
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <>
      {items.length === 0 ? none : children(items)}
      {query.hasNextPage && (
        <button
          type="button"
          className="more"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {query.isFetchingNextPage ? "Loading…" : "Load more"}
        </button>
      )}
    </>
  );
}
