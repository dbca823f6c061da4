import { chainDashboards } from "./chainDashboards.ts";
import type { Dashboard } from "./Dashboard.ts";
import { serviceDashboards } from "./serviceDashboards.ts";

export const DASHBOARDS: readonly Dashboard[] = [...serviceDashboards, ...chainDashboards];
