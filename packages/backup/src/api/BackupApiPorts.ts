import type { AdministeredPorts } from "@trellis/platform/admin";
import type { CostRoutePorts } from "@trellis/platform/cost";
import type { ApiPorts } from "@trellis/platform/http";
import type { Jobs } from "@trellis/platform/jobs";
import type { BackupWork, History, WatchedState } from "../watch/index.ts";

export interface BackupApiPorts extends AdministeredPorts, CostRoutePorts {
  readonly history: Pick<History, "list">;
  readonly jobs: Pick<Jobs, "add" | "list">;
  readonly works: readonly Pick<BackupWork, "place" | "backups">[];
  readonly state: () => Promise<WatchedState>;
  readonly http: ApiPorts;
}
