import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isRefusedBy } from "../../../errors.ts";
import { Badge } from "../../../ui/primitives.tsx";

export function queryValue<T>(
  { data, error }: Pick<UseQueryResult<T>, "data" | "error">,
  tell: (data: T) => ReactNode,
  instead: Readonly<Record<string, ReactNode>> = {},
): ReactNode {
  if (data !== undefined) return tell(data);
  if (!isRefusedBy(error)) return "…";
  const code = String(error.facts.refusal);
  return instead[code] ?? <Badge tone="warn">{code}</Badge>;
}
