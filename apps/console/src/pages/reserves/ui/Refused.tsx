import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isLost, isRefusedBy } from "../../../errors.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Empty, Loading } from "../../../ui/states.tsx";

export function Refused({ error, onRetry }: { readonly error: Error; readonly onRetry: () => unknown }) {
  if (isLost(error)) {
    return <Empty title="The custodian service does not respond">The console retries automatically.</Empty>;
  }
  return (
    <>
      <ProblemText error={error} />
      <button type="button" onClick={() => void onRetry()}>
        Try again
      </button>
    </>
  );
}

interface AnsweredProps<T> {
  readonly query: UseQueryResult<T>;
  readonly what: string;
  readonly instead?: Readonly<Record<string, ReactNode>>;
  readonly children: (data: T) => ReactNode;
}

export function Answered<T>({ query, what, instead = {}, children }: AnsweredProps<T>) {
  const { data, error } = query;
  if (data !== undefined) return children(data);
  if (error === null) return <Loading what={what} />;
  const code = isRefusedBy(error) ? String(error.facts.refusal) : "";
  return instead[code] ?? <Refused error={error} onRetry={query.refetch} />;
}
