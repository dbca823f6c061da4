import { availableParallelism } from "node:os";
import { type Chain, suggestFees } from "@trellis/chain";
import { createLocalSigner } from "@trellis/crypto";
import type { IndexView } from "@trellis/indexer";
import type { Producer } from "@trellis/mining";
import type { Network } from "@trellis/network";
import type { Guard } from "@trellis/platform/guard";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { ListenerTls } from "@trellis/platform/tls";
import type { Hash, MiningService } from "@trellis/protocol";
import {
  createRpcServer,
  DEFAULT_RPC_OPTIONS,
  type DevCommands,
  type ForkedChain,
  ReadPool,
  type RemoteEngine,
  type RpcOptions,
  type RpcServer,
  type RpcUsage,
  type ShardPeers,
} from "@trellis/rpc";
import { VERSION } from "../cli/version.ts";
import { answerWhenMined } from "./answerWhenMined.ts";
import { chainDirectory } from "./dataDirectory.ts";
import { CALL_WORKERS } from "./openChain.ts";
import { traceCalls } from "./traceCalls.ts";

const READ_WORKERS_MAX = 2;
const CONTROLLED_CALL_MS = 60_000;

interface RpcSettings
  extends Pick<RpcOptions, "port" | "roles">,
    Partial<Pick<RpcOptions, "host" | "origins" | "hosts">> {
  readonly development?: {
    readonly privateKeys: readonly Uint8Array[];
    readonly producer: Producer;
    /** A text says why this node takes none. */
    readonly commands: DevCommands | string;
  };
  readonly forked?: ForkedChain | undefined;
  readonly dataDir: string | undefined;
  readonly mining?: MiningService | undefined;
  readonly network?: Network;
  readonly index?: IndexView | undefined;
  readonly guard: Guard;
  readonly usage: RpcUsage;
  readonly tls?: ListenerTls | undefined;
  /** Of the other shards that the node follows. */
  readonly engines?: ReadonlyMap<number, RemoteEngine>;
}

export async function openRpc(
  {
    development,
    forked,
    dataDir,
    mining,
    network,
    index,
    guard,
    usage,
    tls,
    engines = new Map(),
    ...listening
  }: RpcSettings,
  chain: Chain,
  { lifecycle, log, metrics, tracing }: ServiceIo,
): Promise<RpcServer> {
  const commands = typeof development?.commands === "object" ? development.commands : undefined;
  const served = { isDevnet: development !== undefined, takesCommands: commands !== undefined };
  const intake = commands === undefined ? { intake: chain.intake } : intakeOf(chain, commands);
  const readPool =
    dataDir === undefined
      ? undefined
      : await lifecycle.start(
          "block reads",
          () => createReadPool(dataDir),
          (pool) => pool.close(),
        );
  return lifecycle.start(
    "rpc",
    async () => {
      const server: RpcServer = await createRpcServer(
        { ...DEFAULT_RPC_OPTIONS, ...listening, ...optionsOf(served) },
        {
          chain: chain.view,
          pool: chain.pool,
          ...intake,
          suggestTips: suggestFees,
          ...(development && developerOf(development)),
          forked,
          finality: chain.finality,
          ...(mining === undefined ? {} : { mining }),
          ...(index === undefined ? {} : { index }),
          ...(network === undefined ? {} : { network, networkControl: network }),
          readPool,
          clock: systemClock,
          scheduler: systemScheduler,
          log: log.child("rpc"),
          metrics,
          trace: tracing && traceCalls(tracing),
          guard,
          usage,
          tls,
          ...(engines.size > 0 && { engines, shards: peersOf(engines, () => server) }),
          isDraining: () => lifecycle.state === "draining",
        },
      );
      await server.listen();
      return server;
    },
    (server) => server.close(),
  );
}

function intakeOf({ intake, view, pool }: Chain, commands: Pick<DevCommands, "isAutomine">) {
  const ports = { scheduler: systemScheduler, isOn: () => commands.isAutomine };
  const mining = answerWhenMined(intake, view, pool, ports);
  return { intake: mining, settled: mining.settled };
}

function peersOf(engines: ReadonlyMap<number, RemoteEngine>, server: () => RpcServer): ShardPeers {
  const askShard: ShardPeers["askShard"] = (...asked) => server().call(...asked);
  return { followed: [0, ...engines.keys()], askShard };
}

function developerOf({ privateKeys, producer, commands }: NonNullable<RpcSettings["development"]>) {
  const devControl = { mine: (count: number) => mine(producer, count), commands };
  return { signers: privateKeys.map(createLocalSigner), devControl };
}

interface ServedTo {
  /** Default: false. */
  readonly isDevnet?: boolean;
  /** Whether the devnet takes the commands of tools. [RPC-28] Default: false. */
  readonly takesCommands?: boolean;
}

export function optionsOf({
  isDevnet = false,
  takesCommands = false,
}: ServedTo): Pick<RpcOptions, "callWorkers" | "limits" | "clientVersion"> {
  // Tools send commands only to clients that they know. [RPC-28]
  const clientVersion = `${takesCommands ? "anvil/" : ""}Trellis/${VERSION}`;
  return { callWorkers: CALL_WORKERS, limits: limitsOf(isDevnet), clientVersion };
}

/** A devnet's only user may trace and simulate for longer. [RPC-17] */
export function limitsOf(isControlled: boolean): RpcOptions["limits"] {
  const { limits } = DEFAULT_RPC_OPTIONS;
  return isControlled ? { ...limits, callTimeMs: CONTROLLED_CALL_MS } : limits;
}

function createReadPool(dataDir: string): ReadPool {
  const workers = Math.max(1, Math.min(READ_WORKERS_MAX, availableParallelism() - 1));
  const url = new URL("./readWorker.ts", import.meta.url);
  return new ReadPool({ url, source: chainDirectory(dataDir), workers }, systemScheduler);
}

async function mine(producer: Producer, count: number): Promise<Hash[]> {
  const hashes: Hash[] = [];
  for (let made = 0; made < count; made++) hashes.push(await producer.produce());
  return hashes;
}
