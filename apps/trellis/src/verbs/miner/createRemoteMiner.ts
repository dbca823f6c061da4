import {
  bytesToBigint,
  type Clock,
  isTrellisError,
  type Log,
  type Random,
  type Scheduler,
} from "@trellis/base";
import { exponentialMs, type PowParameters } from "@trellis/mining";
import { trellisErrors } from "../../errors.ts";
import type { Device, Devices, Found } from "./createDevices.ts";
import { DeviceBlocks, type DeviceStatus, sumOf } from "./DeviceBlocks.ts";
import type { Connect, NodeConnection } from "./openNodeConnection.ts";
import { type MinedTemplate, parseTemplate } from "./parseTemplate.ts";

export interface RemoteMinerOptions {
  readonly nodes: readonly string[];
  /** Lower-case. */
  readonly address: string;
  readonly algorithm: PowParameters["algorithm"];
  /** Mean pause after each block. */
  readonly pauseMs: number;
}

interface RemoteMinerPorts {
  readonly connect: Connect;
  readonly devices: Pick<Devices, "mine">;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  /** A device cannot search: mining has ended. */
  readonly onFailed: (error: Error) => void;
}

/** Of all devices, and of each. */
export interface MinerStatus extends DeviceStatus {
  readonly node: string | undefined;
  readonly devices: Readonly<Record<Device, DeviceStatus>>;
}

export interface RemoteMiner {
  start(): void;
  status(): MinerStatus;
  /** Resolves after the current submission. */
  stop(): Promise<void>;
}

/** A node sends a template at least every second, unless it syncs. [MINE-6] */
const SILENCE_MS = 30_000;
const CHECK_MS = 5_000;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 30_000;
/** After a block, templates on it follow. */
const NEXT_TEMPLATE_MS = 1_000;
/** Refusals of a node that has no time: the nonce is not used up. [MINE-5] */
const RESUBMITTED: ReadonlySet<unknown> = new Set(["MINING_LIMITED", "MINING_BUSY", "WORKER_UNAVAILABLE"]);
/** Of a template. */
const LIFE_MS = 30_000;

export function createRemoteMiner(options: RemoteMinerOptions, ports: RemoteMinerPorts): RemoteMiner {
  const miner = new NodeMiner(options, ports);
  let ended: Promise<void> | undefined;
  return {
    start() {
      ended ??= miner.run().catch(ports.onFailed);
    },
    status: () => miner.status(),
    async stop() {
      miner.stop();
      await ended;
    },
  };
}

class NodeMiner {
  readonly #options: RemoteMinerOptions;
  readonly #ports: RemoteMinerPorts;
  readonly #blocks = { cpu: new DeviceBlocks(), gpu: new DeviceBlocks() };
  readonly #stopping = new AbortController();
  #node: string | undefined;
  #newest: MinedTemplate | undefined;
  #newestMs = 0;
  #search = new AbortController();
  /** Submissions beside the search. */
  readonly #late = new Set<Promise<void>>();
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(options: RemoteMinerOptions, ports: RemoteMinerPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  status(): MinerStatus {
    const devices = { cpu: this.#blocks.cpu.status(), gpu: this.#blocks.gpu.status() };
    return { node: this.#node, devices, ...sumOf(devices.cpu, devices.gpu) };
  }

  stop(): void {
    this.#stopping.abort();
    this.#search.abort();
    this.#wake?.();
  }

  /** Mines with one node after another. @throws errors of devices */
  async run(): Promise<void> {
    const { nodes } = this.#options;
    const { clock, log } = this.#ports;
    let failures = 0;
    for (let index = 0; !this.#isStopped; index++) {
      const url = nodes[index % nodes.length]!;
      const startMs = clock.nowMs();
      try {
        await this.#mineWith(url);
      } catch (error) {
        // Another node would not help.
        if (error === this.#failure) throw error;
        log.warn("node.lost", { url, error: error as Error });
      }
      this.#node = undefined;
      // The pauses of nodes that fail early must grow, whatever they send before.
      failures = clock.nowMs() - startMs >= RETRY_MS_MAX ? 1 : failures + 1;
      // Another node is tried at once.
      if (failures % nodes.length === 0)
        await this.#sleep(Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** Math.min(10, failures / nodes.length)));
    }
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #mineWith(url: string): Promise<void> {
    const { address, algorithm } = this.#options;
    const { connect, clock, log } = this.#ports;
    this.#newest = undefined;
    const node = await connect(url, (value) => this.#offer(value));
    let isOpen = true;
    let checking: Promise<void> | undefined;
    const onClosed = node.closed.then(() => {
      isOpen = false;
      this.#search.abort();
      this.#wake?.();
    });
    try {
      const stream = await streamOf(node, algorithm);
      this.#newestMs = clock.nowMs();
      await node.call("trellis_subscribe", "templates", { stream, miner: address });
      this.#node = url;
      log.info("node.connected", { url, stream });
      let checkedMs = clock.nowMs();
      while (!this.#isStopped) {
        if (!isOpen) throw trellisErrors.UPSTREAM_UNREACHABLE({ url, reason: "connection closed" });
        if (this.#silenceMs() <= 0) throw trellisErrors.UPSTREAM_UNREACHABLE({ url, reason: "no templates" });
        await this.#mineOne(node);
        if (checking !== undefined || clock.nowMs() - checkedMs < CHECK_MS) continue;
        checkedMs = clock.nowMs();
        checking = this.#checkBlocks(node).finally(() => {
          checking = undefined;
        });
      }
      await Promise.all(this.#late);
    } finally {
      node.close();
      await Promise.all([onClosed, checking, ...this.#late]);
    }
  }

  /** Until the node counts as silent. */
  #silenceMs(): number {
    return this.#newestMs + SILENCE_MS - this.#ports.clock.nowMs();
  }

  /** Beside mining, which it must not end. */
  async #checkBlocks(node: NodeConnection): Promise<void> {
    try {
      for (const blocks of Object.values(this.#blocks)) await blocks.check(node);
    } catch (error) {
      this.#ports.log.debug("blocks.unchecked", { error: error as Error });
    }
  }

  #offer(value: unknown): void {
    const template = parseTemplate(value, this.#options);
    if (template === undefined) return;
    this.#newest = template;
    this.#newestMs = this.#ports.clock.nowMs();
    this.#search.abort();
    this.#wake?.();
  }

  async #mineOne(node: NodeConnection): Promise<void> {
    const template = this.#newest;
    if (template === undefined) return this.#sleep(NEXT_TEMPLATE_MS);
    const found = await this.#find(template, (late) => this.#submitLate(node, template, late));
    if (found === undefined) return;
    await this.#submit(node, template, found);
    const { pauseMs } = this.#options;
    const waitMs = pauseMs === 0 ? NEXT_TEMPLATE_MS : exponentialMs(this.#ports.random, pauseMs);
    const endMs = this.#ports.clock.nowMs() + waitMs;
    while (!this.#isStopped && this.#ports.clock.nowMs() < endMs) {
      if (pauseMs === 0 && this.#newest !== template) return;
      await this.#sleep(endMs - this.#ports.clock.nowMs());
    }
  }

  /** Undefined: there is a newer template, or the node is silent. */
  async #find(
    { parameters, sealRoot, target }: MinedTemplate,
    onLate: (found: Found) => void,
  ): Promise<Found | undefined> {
    const { devices, random, scheduler } = this.#ports;
    const search = new AbortController();
    this.#search = search;
    const signal = AbortSignal.any([search.signal, this.#stopping.signal]);
    const silence = scheduler.after(Math.max(0, this.#silenceMs()), () => search.abort());
    // Miners with the same address and template start at different places.
    const firstNonce = bytesToBigint(random.bytes(8));
    try {
      return await devices.mine({ parameters, sealRoot, target, firstNonce, signal }, onLate);
    } catch (error) {
      if (isTrellisError(error, "MINING_ABORTED")) return undefined;
      this.#failure = error;
      throw error;
    } finally {
      silence.cancel();
    }
  }

  #submitLate(node: NodeConnection, template: MinedTemplate, found: Found): void {
    const submission = this.#submit(node, template, found)
      .catch((error: Error) => this.#ports.log.debug("block.lost", { error }))
      .finally(() => this.#late.delete(submission));
    this.#late.add(submission);
  }

  async #submit(node: NodeConnection, template: MinedTemplate, { nonce, device }: Found): Promise<void> {
    const { log } = this.#ports;
    const blocks = this.#blocks[device];
    try {
      const hash = await this.#call(node, "trellis_submitBlock", template.id, `0x${nonce.toString(16)}`);
      blocks.accepted(String(hash), template.subsidyWei);
      log.debug("block.accepted", { hash: String(hash), device });
    } catch (error) {
      if (!isTrellisError(error, "MINER_REFUSED")) {
        blocks.lost();
        throw error;
      }
      if (error.facts.code === "TEMPLATE_UNKNOWN") blocks.stale();
      else blocks.refused();
      log.warn("block.refused", { error, device });
    }
  }

  /** Repeats a call while the node has no time for it, at most for a template's life. */
  async #call(node: NodeConnection, method: string, ...params: unknown[]): Promise<unknown> {
    const { clock } = this.#ports;
    const endMs = clock.nowMs() + LIFE_MS;
    for (;;) {
      try {
        return await node.call(method, ...params);
      } catch (error) {
        const isRepeated = isTrellisError(error, "MINER_REFUSED") && RESUBMITTED.has(error.facts.code);
        if (!isRepeated || this.#isStopped || clock.nowMs() >= endMs) throw error;
      }
      await this.#wait(RETRY_MS);
    }
  }

  /** Ends early with the miner. */
  async #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#stopping;
    const end = (): void => resolve();
    const timer = this.#ports.scheduler.after(ms, end);
    signal.addEventListener("abort", end, { once: true });
    await promise;
    timer.cancel();
    signal.removeEventListener("abort", end);
  }

  /** Ends early with a template, the connection or the miner. */
  async #sleep(ms: number): Promise<void> {
    if (this.#isStopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = this.#ports.scheduler.after(ms, resolve);
    await promise;
    timer.cancel();
    this.#wake = undefined;
  }
}

/** The name of the node's stream with the algorithm. */
async function streamOf(node: NodeConnection, algorithm: string): Promise<string> {
  const streams = await node.call("trellis_getStreams");
  const found = Array.isArray(streams)
    ? streams.find((stream) => stream?.algorithm === algorithm)
    : undefined;
  if (typeof found?.name !== "string")
    throw trellisErrors.UPSTREAM_UNREACHABLE({ reason: `no stream of ${algorithm}` });
  return found.name;
}
