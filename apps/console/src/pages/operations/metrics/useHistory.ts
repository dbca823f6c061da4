import { session } from "../../../session/session.ts";
import { pathOf, type ServiceName } from "../services.ts";
import { useService } from "../useService.ts";
import { CHARTS } from "./charts.ts";
import { History } from "./History.ts";

const EVERY_MS = 2_000;
/** 15 minutes. */
const MOMENTS_MAX = 450;
export const SPAN_MS = EVERY_MS * MOMENTS_MAX;
export const GAP_MS = EVERY_MS * 4;

const histories = new Map<ServiceName, History>();
session.onLeaving(() => histories.clear());

function historyOf(service: ServiceName): History {
  const known = histories.get(service);
  if (known !== undefined) return known;
  const made = new History(CHARTS[service], { momentsMax: MOMENTS_MAX, everyMs: EVERY_MS });
  histories.set(service, made);
  return made;
}

export function useHistory(service: ServiceName) {
  const query = useService<string>(`${pathOf(service)}/operations/metrics`, EVERY_MS);
  const history = historyOf(service);
  const { data, dataUpdatedAt } = query;
  if (data !== undefined) history.add(data, dataUpdatedAt);
  return { query, moments: history.moments };
}
