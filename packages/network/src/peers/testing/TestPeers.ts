import { type Clock, type Labels, type Metrics, silentLog } from "@trellis/base";
import { main, type NetworkParameters } from "@trellis/protocol";
import { seededBytes } from "../../sync/testing/seededBytes.ts";
import type { Connection, PeerId } from "../../transport/Transport.ts";
import type { BookContents } from "../book/bookCodec.ts";
import { createBucketRates } from "../bucketRates.ts";
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from "../limits.ts";
import { PeerManager } from "../PeerManager.ts";

export const START_MS = 1_800_000_000_000;

class ManualClock implements Clock {
  #nowMs = START_MS;

  nowMs(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

export class CountingMetrics implements Metrics {
  readonly values = new Map<string, number>();

  counter({ name }: { readonly name: string }) {
    return { add: (amount = 1, labels: Labels = {}) => this.#add(name, amount, labels) };
  }

  gauge({ name }: { readonly name: string }) {
    return {
      set: (value: number, labels: Labels = {}) => void this.values.set(this.#key(name, labels), value),
    };
  }

  histogram() {
    return { observe() {} };
  }

  #add(name: string, amount: number, labels: Labels): void {
    const key = this.#key(name, labels);
    this.values.set(key, (this.values.get(key) ?? 0) + amount);
  }

  #key(name: string, labels: Labels): string {
    return [name, ...Object.values(labels)].join(" ");
  }
}

interface TestPeersOptions {
  readonly limits?: Partial<ConnectionLimits>;
  readonly parameters?: NetworkParameters;
  readonly contents?: BookContents;
  readonly isLate?: boolean;
}

export class TestPeers {
  readonly time = new ManualClock();
  readonly metrics = new CountingMetrics();
  hasPaused = false;
  readonly manager: PeerManager;
  readonly dropped: { readonly peer: PeerId; readonly reason: string }[] = [];
  readonly open = new Set<PeerId>();

  readonly #closing: PeerId[] = [];

  constructor({
    limits = {},
    parameters = main,
    contents = { peers: [], bans: [] },
    isLate = false,
  }: TestPeersOptions = {}) {
    this.manager = new PeerManager(
      {
        limits: { ...DEFAULT_CONNECTION_LIMITS, ...limits },
        rates: createBucketRates(parameters),
        disconnect: (peer, reason) => {
          this.dropped.push({ peer, reason });
          if (isLate) this.#closing.push(peer);
          else this.disconnect(peer);
        },
        hasPaused: () => this.hasPaused,
        urgent: () => {},
      },
      { clock: this.time, random: seededBytes("peers"), log: silentLog, metrics: this.metrics },
      contents,
    );
  }

  connect(
    peer: PeerId,
    ip = "192.0.2.1",
    direction: Connection["direction"] = "inbound",
  ): string | undefined {
    const { manager } = this;
    const refused =
      direction === "inbound"
        ? (manager.refusal({ ip, direction }) ?? manager.refusal({ ip, direction, peer }))
        : manager.refusal({ ip, direction, peer });
    if (refused !== undefined) return refused;
    this.open.add(peer);
    const isTaken = manager.connected({ peer, ip, direction, address: `/ip4/${ip}/tcp/1/p2p/${peer}` });
    return isTaken ? undefined : "disconnected";
  }

  disconnect(peer: PeerId): void {
    if (this.open.delete(peer)) this.manager.disconnected(peer);
  }

  catchUp(): void {
    for (const peer of this.#closing.splice(0)) this.disconnect(peer);
  }

  withAnswering(): void {
    this.connect("answering", "198.51.100.200", "outbound");
    this.manager.credit("answering");
  }
}

const MINUTE_MS = 60_000;
export const minutes = (count: number): number => count * MINUTE_MS;
