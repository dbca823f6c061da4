import { session } from "../../../session/session.ts";
import { pathOf, type ServiceName } from "../services.ts";
import { useService } from "../useService.ts";
import { CHARTS } from "./charts.ts";
import { History } from "./History.ts";

const EVERY_MS = 2_000;
/** A quarter of an hour. */
const MOMENTS_MAX = 450;
export const SPAN_MS = EVERY_MS * MOMENTS_MAX;
export const GAP_MS = EVERY_MS * 4;

/** Outlive the page, so that coming back shows what was there; not to who comes next. */
const histories = new Map<ServiceName, History>();
session.onLeaving(() => histories.clear());

function historyOf(service: ServiceName): History {
  const known = histories.get(service);
  if (known !== undefined) return known;
  const made = new History(CHARTS[service], { momentsMax: MOMENTS_MAX, everyMs: EVERY_MS });
  histories.set(service, made);
  return made;
}

/** The figures of a service over time, as long as somebody looks. */
export function useHistory(service: ServiceName) {
  const query = useService<string>(`${pathOf(service)}/operations/metrics`, EVERY_MS);
  const history = historyOf(service);
  const { data, dataUpdatedAt } = query;
  // The same answer twice, as when React draws twice, is taken once.
  if (data !== undefined) history.add(data, dataUpdatedAt);
  return { query, moments: history.moments };
}
