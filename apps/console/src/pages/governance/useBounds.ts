import { useQuery } from "@tanstack/react-query";
import { GOVERNED, parameters } from "../../contracts/parameters.ts";
import { readContract } from "../../live/contracts.ts";
import type { Bounds } from "./drafts.ts";

export function useBounds(): readonly Bounds[] {
  const { data } = useQuery({
    queryKey: ["bounds"],
    queryFn: () => Promise.all(GOVERNED.map((_, id) => readContract(parameters, "bounds", [BigInt(id)]))),
  });
  return data ?? [];
}
