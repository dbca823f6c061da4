import type { UseQueryResult } from "@tanstack/react-query";
import type { Risk, Status } from "@trellis/client/arbitrage";
import { useRole } from "../../session/session.ts";
import { pathOf } from "../operations/services.ts";
import { useService } from "../operations/useService.ts";

const EVERY_MS = 5_000;

export const ARBITRAGE = pathOf("arbitrage");

export function useArbitrage<T>(path: string, everyMs = EVERY_MS): UseQueryResult<T> {
  return useService<T>(`${ARBITRAGE}${path}`, everyMs);
}

export const useStatus = () => useArbitrage<Status>("/status");
export const useRisk = () => useArbitrage<Risk>("/risk");

export function useMay(): { readonly stop: boolean; readonly change: boolean } {
  const role = useRole();
  return { stop: role === "admin" || role === "operator", change: role === "admin" };
}
