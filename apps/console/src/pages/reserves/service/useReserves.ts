import {
  type UseMutationResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
} from "@tanstack/react-query";
import type { Answer, Input, ItemOf, ListId, OperationId } from "@trellis/client/reserves";
import { useState } from "react";
import { isLost } from "../../../errors.ts";
import { queries } from "../../../live/node.ts";
import { type Attempt, Attempts } from "../../../session/Attempts.ts";
import { RESERVES } from "../../../session/userQueries.ts";
import { client } from "./client.ts";

export { RESERVES };

const ATTEMPTS_MAX = 2;
const PAGE_ITEMS = 200;

const retry = (count: number, error: Error): boolean => isLost(error) && count < ATTEMPTS_MAX;

interface AskOptions {
  readonly isWanted?: boolean;
  readonly everyMs?: number;
}

/** Cached until an event invalidates it. */
export function useReserves<Id extends OperationId>(
  id: Id,
  input: Input<Id>,
  { isWanted = true, everyMs }: AskOptions = {},
): UseQueryResult<Answer<Id>> {
  return useQuery<Answer<Id>, Error, Answer<Id>>({
    queryKey: [RESERVES, id, input],
    queryFn: ({ signal }) => client.call(id, input, signal),
    enabled: isWanted,
    retry,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

export function useReservesPages<Id extends ListId>(id: Id, input: Input<Id>, isWanted = true) {
  const query = useInfiniteQuery({
    queryKey: [RESERVES, id, input, "pages"],
    queryFn: ({ pageParam, signal }) =>
      client.call(
        id,
        { ...input, limit: PAGE_ITEMS, ...(pageParam === null ? {} : { cursor: pageParam }) },
        signal,
      ) as Promise<{ readonly items: readonly ItemOf<Id>[]; readonly next: string | null }>,
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next ?? undefined,
    enabled: isWanted,
    retry,
  });
  return { query, items: query.data?.pages.flatMap(({ items }) => items) };
}

/** @param makesOld operations to refetch after success */
export function useChange<Id extends OperationId>(
  id: Id,
  makesOld: readonly OperationId[] = [],
): UseMutationResult<Answer<Id>, Error, Input<Id>> {
  return useChangeOf(id, (input: Input<Id>) => input, makesOld);
}

export function useChangeOf<Id extends OperationId, Content>(
  id: Id,
  inputOf: (content: Content, attempt: Attempt) => Input<Id>,
  makesOld: readonly OperationId[] = [],
): UseMutationResult<Answer<Id>, Error, Content> {
  const [attempts] = useState(() => new Attempts());
  return useMutation<Answer<Id>, Error, Content>({
    mutationFn: (content) =>
      attempts.send(content, (attempt) =>
        client.call(id, { idempotencyKey: attempt.key, ...inputOf(content, attempt) }),
      ),
    onSuccess: () => refresh(makesOld),
  });
}

export function refresh(operations: readonly OperationId[]): void {
  for (const operation of operations) void queries.invalidateQueries({ queryKey: [RESERVES, operation] });
}
