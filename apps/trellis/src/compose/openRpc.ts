import { type Chain, suggestFees } from "@trellis/chain";
import { createLocalSigner } from "@trellis/crypto";
import type { Producer } from "@trellis/mining";
import type { Network } from "@trellis/network";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { Hash } from "@trellis/protocol";
import { createRpcServer, DEFAULT_RPC_OPTIONS, type Role, type RpcServer } from "@trellis/rpc";
import type { ServiceIo } from "../cli/VerbIo.ts";
import { VERSION } from "../version.ts";
import { answerWhenMined } from "./answerWhenMined.ts";

export interface RpcSettings {
  readonly port: number;
  /** A development network: its accounts are unlocked, any page may call, blocks can be asked for. */
  readonly development?: {
    readonly privateKeys: readonly Uint8Array[];
    readonly producer: Producer;
    /** A block is made as soon as a transaction waits. */
    readonly isInstant: boolean;
  };
  readonly network?: Network;
  /** The administrative calls are answered: nobody who should not use them reaches the port. */
  readonly isAdmin?: boolean;
}

/** Opens JSON-RPC over HTTP and WebSocket on the loopback interface. */
export function openRpc(
  { port, development, network, isAdmin = false }: RpcSettings,
  chain: Chain,
  { lifecycle, log, metrics }: ServiceIo,
): Promise<RpcServer> {
  const developer =
    development === undefined
      ? {}
      : {
          signers: development.privateKeys.map(createLocalSigner),
          devControl: { mine: (count: number) => mine(development.producer, count) },
        };
  const roles: Role[] = ["public"];
  if (development !== undefined) roles.push("dev");
  if (isAdmin) roles.push("admin");
  if (development !== undefined || isAdmin) roles.push("debug");
  const intake =
    development?.isInstant === true
      ? answerWhenMined(chain.intake, chain.view, chain.pool, systemScheduler)
      : chain.intake;
  return lifecycle.start(
    "rpc",
    async () => {
      const server = await createRpcServer(
        {
          ...DEFAULT_RPC_OPTIONS,
          port,
          clientVersion: `Trellis/${VERSION}`,
          roles,
          ...(development === undefined ? {} : { origins: ["*"] }),
        },
        {
          chain: chain.view,
          pool: chain.pool,
          intake,
          suggestTips: suggestFees,
          ...developer,
          finality: chain.finality,
          ...(network === undefined ? {} : { network, networkControl: network }),
          clock: systemClock,
          scheduler: systemScheduler,
          log: log.child("rpc"),
          metrics,
        },
      );
      await server.listen();
      return server;
    },
    (server) => server.close(),
  );
}

async function mine(producer: Producer, count: number): Promise<Hash[]> {
  const hashes: Hash[] = [];
  for (let made = 0; made < count; made++) hashes.push(await producer.produce());
  return hashes;
}
