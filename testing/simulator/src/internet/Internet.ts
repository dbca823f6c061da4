import type { PeerId } from "@trellis/network";
import type { RandomStream } from "../world/RandomStream.ts";
import type { World } from "../world/World.ts";
import { type Latency, type LatencyModelName, latencyModel } from "./latency.ts";

interface InternetOptions {
  readonly nodeCount: number;
  readonly latency: LatencyModelName;
  readonly bytesPerMs: number;
}

interface Conditions {
  /** Share of gossip messages lost and of request streams broken. */
  lossShare: number;
  duplicateShare: number;
  reorderMs: number;
}

interface Computer {
  /** Time at which the link to each receiver is free. Connections share the link. */
  readonly lineFreeMs: number[];
  /** Messages wait until this time. */
  busyUntilMs: number;
  messageMs: number;
}

export class Internet<Endpoint extends { readonly self: PeerId }> {
  readonly world: World;
  readonly conditions: Conditions = { lossShare: 0, duplicateShare: 0, reorderMs: 0 };
  readonly rng: RandomStream;
  readonly #latency: Latency;
  readonly #bytesPerMs: number;
  readonly #computers: readonly Computer[];
  readonly #cuts = new Set<string>();
  readonly #transports = new Map<PeerId, Endpoint>();
  #linkSerial = 0;
  /** Planted defect: nodes never answer block requests. */
  isDeaf = false;
  readonly traffic = new Map<string, { messages: number; bytes: number }>();
  messageCount = 0;
  byteCount = 0;

  onDefect: (node: number, where: string, error: unknown) => void = () => {};

  constructor(world: World, { nodeCount, latency, bytesPerMs }: InternetOptions) {
    this.world = world;
    this.rng = world.random("internet");
    this.#latency = latencyModel(latency, nodeCount, world.random("latency"));
    this.#bytesPerMs = bytesPerMs;
    this.#computers = Array.from({ length: nodeCount }, () => ({
      lineFreeMs: new Array<number>(nodeCount).fill(0),
      busyUntilMs: 0,
      messageMs: 0,
    }));
  }

  nextLinkId(): number {
    return ++this.#linkSerial;
  }

  attach(transport: Endpoint): void {
    this.#transports.set(transport.self, transport);
  }

  detach(transport: Endpoint): void {
    if (this.#transports.get(transport.self) === transport) this.#transports.delete(transport.self);
  }

  transportOf(peer: PeerId): Endpoint | undefined {
    return this.#transports.get(peer);
  }

  transports(): readonly Endpoint[] {
    return [...this.#transports.values()];
  }

  cut(from: number, to: number): void {
    this.#cuts.add(`${from}>${to}`);
  }

  heal(from: number, to: number): void {
    this.#cuts.delete(`${from}>${to}`);
  }

  isCut(from: number, to: number): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  /** @param messageMs time per message; 0 restores normal speed */
  slowDown(node: number, messageMs: number): void {
    this.#computers[node]!.messageMs = messageMs;
  }

  count(label: string, bytes: number): void {
    const counted = this.traffic.get(label);
    if (counted === undefined) this.traffic.set(label, { messages: 1, bytes });
    else {
      counted.messages++;
      counted.bytes += bytes;
    }
  }

  travelMs(from: number, to: number, bytes: number): number {
    const { nowMs } = this.world;
    const { lineFreeMs } = this.#computers[from]!;
    const sentMs = Math.max(nowMs, lineFreeMs[to]!) + bytes / this.#bytesPerMs;
    lineFreeMs[to] = sentMs;
    this.messageCount++;
    this.byteCount += bytes;
    const late = this.conditions.reorderMs > 0 ? this.rng.between(0, this.conditions.reorderMs) : 0;
    return sentMs - nowMs + this.#latency(from, to) + late;
  }

  queueMs(node: number): number {
    const computer = this.#computers[node]!;
    if (computer.messageMs === 0) return 0;
    const { nowMs } = this.world;
    computer.busyUntilMs = Math.max(nowMs, computer.busyUntilMs) + computer.messageMs;
    return computer.busyUntilMs - nowMs;
  }
}
