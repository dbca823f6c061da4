import type { Clock } from "@trellis/base";
import type { ShardAddresses } from "@trellis/network";
import type { ChangeCause, LiveSettings } from "@trellis/platform/config";
import { type MempoolSettings, mempoolSettings } from "../node/mempoolSettings.ts";
import type { NetworkSettings } from "../node/networkSettings.ts";
import { settingsAmong } from "../node/settingsAmong.ts";
import type { HostHealth, HostLiveSettings } from "./messages.ts";
import type { ShardHost } from "./ShardHost.ts";
import { networkOfShard } from "./shardNetwork.ts";

type Changed = NetworkSettings & MempoolSettings;
type Host = Pick<ShardHost, "shard" | "peer">;

/** Hosts report twice a second. An import can take seconds on a busy machine. */
const SILENT_MS_MAX = 30_000;

/** P2p networks of the hosts. Shard 0's network finds their peers, and names their addresses to others. [NET-32] */
export class HostNetworks implements ShardAddresses {
  readonly #followed: readonly number[];
  readonly #hosts = new Map<number, Host>();
  readonly #clock: Clock;
  readonly #reports = new Map<number, { readonly health: HostHealth; readonly atMs: number }>();
  readonly #found = new Map<number, readonly string[]>();
  #settings: HostLiveSettings | undefined;

  constructor(followed: readonly number[], clock: Clock) {
    this.#clock = clock;
    this.#followed = followed.filter((shard) => shard > 0);
  }

  /** Before the hosts open. */
  follow(settings: HostLiveSettings, live: Pick<LiveSettings<Changed>, "onReload"> | undefined): void {
    this.#settings = settings;
    live?.onReload(
      (changed, cause) => () => {
        const { peersOutbound, peersInbound } = changed;
        const mempool = settings.mempool && settingsAmong(mempoolSettings, changed);
        this.#settings = { ...settings, peersOutbound, peersInbound, mempool };
        for (const shard of this.#hosts.keys()) this.#reload(shard, cause);
      },
      "always",
    );
  }

  /** Once it is open. */
  add(host: Host): void {
    this.#hosts.set(host.shard, host);
    if (this.#found.has(host.shard)) this.#reload(host.shard, "override");
  }

  keepHealth(shard: number, health: HostHealth): void {
    this.#reports.set(shard, { health, atMs: this.#clock.nowMs() });
  }

  /** Undefined before the first report. A silent thread is not ready. */
  healthOf(shard: number): HostHealth | undefined {
    const report = this.#reports.get(shard);
    const silentMs = report === undefined ? 0 : this.#clock.nowMs() - report.atMs;
    if (report === undefined || silentMs <= SILENT_MS_MAX) return report?.health;
    const thread = `silent for ${Math.floor(silentMs / 1_000)} s`;
    return { ...report.health, isReady: false, reasons: { ...report.health.reasons, thread } };
  }

  own(): ReadonlyMap<number, readonly string[]> {
    return new Map(
      this.#followed.map((shard) => [shard, this.#reports.get(shard)?.health.p2p?.addresses ?? []]),
    );
  }

  found(shard: number, addresses: readonly string[]): void {
    this.#found.set(shard, addresses);
    this.#reload(shard, "override");
  }

  #reload(shard: number, cause: ChangeCause): void {
    const host = this.#hosts.get(shard);
    if (host === undefined || this.#settings === undefined) return;
    const settings = networkOfShard(this.#settings, shard, this.#found.get(shard));
    host.peer.tell("reload", { ...this.#settings, ...settings }, cause);
  }
}
