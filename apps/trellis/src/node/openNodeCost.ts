import { join } from "node:path";
import type { Principal } from "@trellis/platform/auth";
import type { LiveSettings } from "@trellis/platform/config";
import { createFileUsage, createMemoryFiles, openUsageFiles, type UsageMeter } from "@trellis/platform/cost";
import { ANONYMOUS_ID } from "@trellis/platform/guard";
import type { Notifier } from "@trellis/platform/notify";
import { measureSpace, openCost, type ServiceCosts, type ServiceIo } from "@trellis/platform/service";
import type { UsageSettings } from "@trellis/platform/service/settings";
import { systemClock, systemHost } from "@trellis/platform/system";
import type { RpcCaller, RpcUsage } from "@trellis/rpc";

interface NodeCostPorts<Settings> {
  readonly dataDir: string | undefined;
  readonly live?: Pick<LiveSettings<Settings>, "current">;
  readonly notifier?: Pick<Notifier, "notify">;
}

const USAGE_FOLDER = "usage";
const NO_SPACE = { storedBytes: 0, usedBytes: 0, capacityBytes: undefined };

/** Without a data directory, a restart loses the usage. The gas of blocks is no cost. */
export function openNodeCost<Settings extends UsageSettings>(
  settings: Settings,
  { dataDir, ...ports }: NodeCostPorts<Settings>,
  io: ServiceIo,
): Promise<ServiceCosts> {
  const files = dataDir === undefined ? createMemoryFiles() : openUsageFiles(join(dataDir, USAGE_FOLDER));
  const space =
    dataDir === undefined
      ? async () => NO_SPACE
      : measureSpace(() => ({ dataDir }), { host: systemHost, clock: systemClock });
  const store = createFileUsage(files, io.log.child("cost"));
  return openCost(settings, { service: "node", ...ports, store, space }, io);
}

export function callUsage(meter: UsageMeter): RpcUsage {
  return {
    count: (caller, bytesIn, bytesOut, calls) =>
      meter.count(caller && subjectOf(caller), bytesIn, bytesOut, calls),
  };
}

function subjectOf({ name: id, tenant }: RpcCaller): Pick<Principal, "id" | "kind" | "customerId"> {
  return { id, kind: kindOf(id), customerId: tenant };
}

function kindOf(id: string): Principal["kind"] {
  if (id === ANONYMOUS_ID) return "anonymous";
  return id.startsWith("user:") ? "user" : "apiKey";
}
