import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure, Loading } from "../../ui/states.tsx";

interface ServiceListProps<T> {
  readonly query: UseInfiniteQueryResult;
  readonly items: readonly T[] | undefined;
  /** As in `Reading pools`. */
  readonly what: string;
  /** In place of an empty list. */
  readonly none: ReactNode;
  readonly more: "More" | "Older";
  readonly children: (items: readonly T[]) => ReactNode;
}

/** A list that a service gives in pages: on its way, failed, empty, or its items with a button that reads on. */
export function ServiceList<T>({ query, items, what, none, more, children }: ServiceListProps<T>) {
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
          {query.isFetchingNextPage ? "Reading…" : more}
        </button>
      )}
    </>
  );
}
