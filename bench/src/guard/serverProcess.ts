import { type Log, silentLog, silentMetrics } from "@trellis/base";
import { FakeChainView } from "@trellis/kit/chainView";
import {
  AddressList,
  anonymousPrincipal,
  createCredentials,
  Guard,
  keyHash,
  Permissions,
  Visitors,
  watchLoad,
} from "@trellis/platform/guard";
import { systemClock, systemScheduler, systemSteadyClock } from "@trellis/platform/system";
import { createRpcServer, DEFAULT_RPC_OPTIONS } from "@trellis/rpc";
import type { GuardServers, GuardTerms } from "./guardTerms.ts";

// Clients and server must not share a thread.

process.once("message", (terms: GuardTerms) => {
  void start(terms).then((servers) => process.send!(servers));
});

async function start(terms: GuardTerms): Promise<GuardServers> {
  return { guarded: await listen(guardOf(terms)), open: await listen(undefined) };
}

async function listen(guard: Guard | undefined): Promise<string> {
  const chain = new FakeChainView();
  const unused = { subscribe: () => () => {} } as unknown;
  const server = await createRpcServer({ ...DEFAULT_RPC_OPTIONS, port: 0 }, {
    chain,
    pool: unused,
    intake: unused,
    suggestTips: (_: unknown, floorWei: bigint) => ({ low: floorWei, normal: floorWei, fast: floorWei }),
    clock: systemClock,
    scheduler: systemScheduler,
    log: silentLog,
    metrics: silentMetrics,
    guard,
  } as Parameters<typeof createRpcServer>[1]);
  await server.listen();
  return server.url;
}

function guardOf({ abuserLimit, key }: GuardTerms): Guard {
  const log: Log = silentLog;
  const clock = systemSteadyClock;
  const permissions = new Permissions(["eth:*"]);
  const paying = { id: "key:paying", permissions, priority: "normal", limit: 1_000_000_000 } as const;
  const guard = new Guard(
    {
      windowMs: 60_000,
      limits: {
        perAddress: abuserLimit,
        perPrincipal: 1_000_000_000,
        perConnection: 0,
        perMethod: new Map(),
        connectionsMax: 4_096,
        connectionsPerAddress: 256,
        connectionsPerPrincipal: 256,
      },
      trustedProxies: new AddressList(["127.0.0.0/8"]),
      anonymous: anonymousPrincipal(["eth:*"]),
      hidesMethods: false,
      requiresForwarding: false,
    },
    {
      visitors: new Visitors(60_000, { allow: [], deny: [] }, { clock, log }),
      credentials: createCredentials({
        keys: new Map([[keyHash(key), paying]]),
        certificates: new Map(),
        verifyToken: undefined,
        clock: systemClock,
      }),
      clock,
      metrics: silentMetrics,
      log,
    },
  );
  watchLoad(guard.pressure, { clock, scheduler: systemScheduler, metrics: silentMetrics });
  return guard;
}
