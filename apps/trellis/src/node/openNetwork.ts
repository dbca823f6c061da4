import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import type { createNetwork, KeyedTransport, Network, PeerBookStore, Reach } from "@trellis/network";
import type { LiveSettings } from "@trellis/platform/config";
import { systemClock, systemPace, systemRandom, systemScheduler } from "@trellis/platform/system";
import type { Hash } from "@trellis/protocol";
import { VERSION } from "../cli/version.ts";
import type { ChainIo } from "./ChainIo.ts";
import { CONNECTIONS_MAX, type NetworkSettings } from "./networkSettings.ts";

type NetworkAddresses = Pick<NetworkSettings, "listen" | "announce" | "bootstrap">;

/** Call before opening anything, so that an error has no side effects. */
export async function withAddresses<Settings extends NetworkAddresses>(
  settings: Settings,
): Promise<Settings> {
  const { parseAddress, parseBootstrap } = await import("@trellis/network");
  const read = (addresses: readonly string[]): string[] => addresses.map(parseAddress);
  const { bootstrap } = settings;
  return {
    ...settings,
    listen: read(settings.listen),
    announce: read(settings.announce),
    bootstrap: bootstrap === "none" ? bootstrap : bootstrap.map(parseBootstrap),
  };
}

/** What shard 0's network does for the others. */
export type SharedServices = Pick<Parameters<typeof createNetwork>[1], "outboxes" | "shards">;

interface OpenNetworkSettings extends NetworkSettings {
  /** Default: 0. */
  readonly shard?: number;
  /** If true, waits for a peer even without a configured address, unless `bootstrap` is `none`. */
  readonly awaitsPeer: boolean;
  readonly dataDir: string | undefined;
  /** Hash of a trusted block. A node without data syncs the state of a later block. */
  readonly checkpoint?: Hash | undefined;
  /** Reloads peers and bootstrap addresses, and reads the node key again. */
  readonly live?: Pick<LiveSettings<NetworkSettings>, "onReload"> | undefined;
}

/** The oldest inbound peers keep their places. */
const PROTECTED_MAX = 8;
const KEY_BYTES = 32;
const KEY_FILE = "peer.key";
const NO_BOOTSTRAP = {
  message: "No bootstrap address is configured or built in. The node waits until it finds a peer.",
  hint: "Set an address with --bootstrap, or start a new network with --bootstrap none.",
};

/** The first node of a network must not join local peers. */
export function usesMdns({ mdns, bootstrap }: Pick<NetworkSettings, "mdns" | "bootstrap">): boolean {
  return mdns && bootstrap !== "none";
}

export function openNetwork(
  settings: OpenNetworkSettings,
  chain: Chain,
  { lifecycle, log: processLog, metrics, tracing }: ChainIo,
  shared: SharedServices = {},
): Promise<Network> {
  const { shard = 0, listen, announce, relay, dataDir } = settings;
  const reach = reachOf(settings, settings.awaitsPeer);
  const log = processLog.child("network");
  if (reach.awaitsPeer && reach.bootstrap.length === 0) log.warn("bootstrap.missing", NO_BOOTSTRAP);
  return lifecycle.start(
    "network",
    async () => {
      const p2p = await import("@trellis/network");
      const { key, peerBook } = await identity(dataDir);
      const transport = await p2p.createLibp2pTransport(
        {
          key,
          listen,
          announce,
          chainId: chain.view.parameters.chainId,
          agent: `Trellis/${VERSION}`,
          mdns: usesMdns(settings),
          connectionsMax: CONNECTIONS_MAX,
        },
        { scheduler: systemScheduler, log },
      );
      const network = await p2p.createNetwork(
        {
          shard,
          agent: `Trellis/${VERSION}`,
          ...reach,
          isPeerId: p2p.isPeerId,
          parseAddress: p2p.parseAddress,
          acceptSeed: p2p.acceptSeed,
          acceptAddress: p2p.acceptPeerAddress,
          ...(settings.checkpoint === undefined ? {} : { checkpoint: settings.checkpoint }),
          blockForm: relay,
        },
        {
          transport,
          resolver: p2p.systemResolver(settings.dnsServers),
          peerBook,
          chain: chain.exchange,
          states: chain.states,
          view: chain.view,
          pool: chain.pool,
          intake: chain.intake,
          voteIntake: chain.finality,
          ...shared,
        },
        {
          clock: systemClock,
          scheduler: systemScheduler,
          random: systemRandom,
          pace: systemPace,
          stopping: lifecycle.signal,
          log,
          metrics,
          tracing,
        },
      );
      await network.start();
      followReach(settings, network);
      if (dataDir !== undefined) followKey(join(dataDir, KEY_FILE), transport, { live: settings.live, log });
      return network;
    },
    (network) => network.stop(),
  );
}

/** @param awaitsPeer unless the node is the first of its network */
function reachOf(
  { bootstrap, peersInbound, peersOutbound }: NetworkSettings,
  awaitsPeer: boolean,
): Reach & Required<Pick<Reach, "awaitsPeer">> {
  const addresses = bootstrap === "none" ? [] : bootstrap;
  return {
    bootstrap: addresses,
    awaitsPeer: addresses.length > 0 || (awaitsPeer && bootstrap !== "none"),
    outboundTarget: peersOutbound,
    limits: {
      inboundMax: peersInbound,
      protectedOldest: Math.min(PROTECTED_MAX, Math.floor(peersInbound / 2)),
    },
  };
}

function followReach({ live, awaitsPeer }: OpenNetworkSettings, network: Network): void {
  live?.onReload(async (changed) => {
    const next = reachOf(await withAddresses(changed), awaitsPeer);
    return () => network.changeReach(next);
  }, "always");
}

/** [LINK-1] */
function followKey(
  path: string,
  transport: KeyedTransport,
  { live, log }: Pick<OpenNetworkSettings, "live"> & { readonly log: Log },
): void {
  live?.onReload(async () => {
    const { readPeerKey } = await import("@trellis/network");
    const key = await readPeerKey(path);
    return () => {
      if (key === undefined) log.warn("peerKey.missing", { path, message: "The node keeps its key." });
      else transport.changeKey(key).catch((error) => log.error("peerKey.unchanged", { error }));
    };
  }, "signal");
}

async function identity(
  dataDir: string | undefined,
): Promise<{ readonly key: Uint8Array; readonly peerBook: PeerBookStore }> {
  const { MemoryPeerBookStore, openPeerKey, SystemPeerBookFile } = await import("@trellis/network");
  if (dataDir === undefined) {
    return { key: systemRandom.bytes(KEY_BYTES), peerBook: new MemoryPeerBookStore() };
  }
  await mkdir(dataDir, { recursive: true });
  return {
    key: await openPeerKey(join(dataDir, KEY_FILE), systemRandom),
    peerBook: new SystemPeerBookFile(join(dataDir, "peers.book")),
  };
}
