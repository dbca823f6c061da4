import type { Chain } from "@trellis/chain";
import {
  countSubmissions,
  createStratumServer,
  type StratumServer,
  type TemplateService,
  type Workers,
} from "@trellis/mining";
import { platformErrors } from "@trellis/platform";
import { addressKey, type Guard, isLoopback, normalAddress } from "@trellis/platform/guard";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler, systemSteadyClock } from "@trellis/platform/system";
import type { MiningService } from "@trellis/protocol";
import { openTemplates } from "./openTemplates.ts";

const STRATUM_ALGORITHM = "heavy";

interface StratumSettings {
  readonly host: string;
  readonly port: number;
  /** Undefined: follows each worker's hash rate. */
  readonly difficulty: number | undefined;
  readonly guard: Guard;
}

interface MinedNode {
  readonly chain: Chain;
  readonly isReady: () => boolean;
  readonly workers: Workers;
}

export interface Mining extends MiningService {
  readonly stratum: StratumServer | undefined;
}

/** Templates over JSON-RPC, and Stratum if it is enabled. */
export async function openMining(
  settings: StratumSettings | undefined,
  { chain, isReady, workers }: MinedNode,
  io: ServiceIo,
): Promise<Mining> {
  const templates = await openTemplates(chain, isReady, io);
  const stratum = settings && (await openStratum(settings, { chain, templates, workers }, io));
  return { ...countSubmissions(templates, workers), workers: () => workers.statistics(), stratum };
}

function openStratum(
  { guard, ...listening }: StratumSettings,
  {
    chain,
    templates,
    workers,
  }: Pick<MinedNode, "chain" | "workers"> & { readonly templates: TemplateService },
  { lifecycle, log, metrics }: ServiceIo,
): Promise<StratumServer> {
  const { streams } = chain.view.parameters;
  const stream = streams.findIndex(({ algorithm }) => algorithm === STRATUM_ALGORITHM);
  if (stream < 0) {
    const expected = `a network with a stream of ${STRATUM_ALGORITHM}`;
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "stratum", expected });
  }
  return lifecycle.start(
    "stratum",
    () =>
      createStratumServer(
        { ...listening, stream },
        {
          templates,
          workers,
          admit: (peer) => guard.connect(peer),
          offend: (peer = "", offence) => {
            const address = normalAddress(peer);
            if (address === undefined || isLocal(peer)) return;
            guard.offend(guard.visitors.at(address), offence);
          },
          callerOf: (peer = "") => addressKey(normalAddress(peer) ?? peer),
          isKnown: isLocal,
          clock: systemSteadyClock,
          scheduler: systemScheduler,
          log: log.child("stratum"),
          metrics,
        },
      ),
    (server) => server.close(),
  );
}

function isLocal(peer = ""): boolean {
  return isLoopback(normalAddress(peer) ?? peer);
}
