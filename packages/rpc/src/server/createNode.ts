import { bytesToHex } from "@trellis/base";
import { isLoopbackHost } from "@trellis/platform/admission";
import { FilterStore } from "../filters/FilterStore.ts";
import { ExecuteLane } from "../guards/ExecuteLane.ts";
import { InclusionWaits } from "../guards/InclusionWaits.ts";
import { LogItems } from "../guards/LogItems.ts";
import { ScanLane } from "../guards/ScanLane.ts";
import { SignatureBudget } from "../guards/SignatureBudget.ts";
import { methodsOf } from "../methods/allMethods.ts";
import type { RpcOptions } from "../options.ts";
import type { RpcNodePorts } from "../ports.ts";
import type { RpcNode } from "../RpcNode.ts";
import { FeeOracle } from "../reading/FeeOracle.ts";
import { Reads } from "../reads/Reads.ts";
import { AccountQueue } from "../signing/AccountQueue.ts";
import { Impersonation } from "../signing/Impersonation.ts";
import { Feed } from "../subscriptions/Feed.ts";

export function createNode(options: RpcOptions, dependencies: RpcNodePorts): RpcNode {
  const { chain, pool, intake, signers = [], devControl, forked, mining, finality, index } = dependencies;
  const { network, networkControl, shards, clock, scheduler } = dependencies;
  const { settled = () => undefined } = dependencies;
  const { host, limits, roles, clientVersion } = options;
  const logItems = new LogItems(limits);
  const scan = new ScanLane(limits, { clock, scheduler });
  return {
    chain,
    pool,
    intake,
    settled,
    devControl,
    forked,
    shards,
    mining,
    finality,
    index,
    network,
    networkControl,
    clock,
    scheduler,
    limits,
    clientVersion,
    fees: new FeeOracle(dependencies),
    signatures: new SignatureBudget(limits, clock),
    inclusions: new InclusionWaits(limits, { chain, pool, scheduler }),
    lanes: {
      execute: new ExecuteLane({ limits, callWorkers: options.callWorkers }, { clock, scheduler }),
      scan,
    },
    reads: new Reads({ blocks: chain, scan, workers: readWorkers(options, dependencies) }),
    filters: new FilterStore({ chain, pool, clock, limits }),
    logItems,
    feeds: {
      chain: new Feed(chain, { clock, scheduler, lagMsMax: limits.lagMsMax }),
      pool: new Feed(pool, { clock, scheduler, lagMsMax: limits.lagMsMax }),
    },
    signers: new Map(signers.map((signer) => [bytesToHex(signer.address), signer])),
    accountQueue: new AccountQueue(),
    impersonation: new Impersonation(),
    isOwn: ({ isLocalProgram }) => roles.includes("dev") || (isLocalProgram && isLoopbackHost(host)),
    methods: methodsOf(roles),
  };
}

function readWorkers({ limits }: RpcOptions, { readPool: pool, clock, scheduler }: RpcNodePorts) {
  if (pool === undefined) return undefined;
  const lane = new ExecuteLane({ limits, callWorkers: pool.workers }, { clock, scheduler });
  return { pool, lane };
}
