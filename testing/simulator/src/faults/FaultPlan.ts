import { nodeOf, peerIdOf, type SimInternet } from "../internet/SimTransport.ts";
import type { SimNode } from "../node/SimNode.ts";
import type { Swarm } from "../run/chooseSwarm.ts";
import type { RandomStream } from "../world/RandomStream.ts";
import { NOBODY, type World } from "../world/World.ts";
import { branchScore, missingScore } from "./branchScore.ts";
import type { Fault } from "./faults.ts";

interface FaultTargets {
  readonly world: World;
  readonly internet: SimInternet;
  readonly honest: readonly SimNode[];
  readonly nodes: readonly SimNode[];
  /** Validator that is not needed for a quorum. */
  readonly dispensable: SimNode | undefined;
  readonly finalityDepth: number;
  /** Nodes by machine, and by shard. */
  readonly machines?: readonly (readonly SimNode[])[];
  readonly shards?: readonly (readonly SimNode[])[];
}

/** Mean interval in ms between faults at full intensity. */
const PAUSE_MS = 6_000;
const WATCH_MS = 1_000;
/**
 * Faults pause when branches exceed this share of the finality depth: an isolated node would finalize its own
 * branch. [SIM-3]
 */
const APART_SHARE_MAX = 1 / 2;
/** Longest time in ms for which a shard is cut, or down in a short run. In a long run, queues stall. [SHARD-12.4] */
const SHARD_MS_MAX = 20_000;
const VOTING_LOOK_MS = 20;
const SENT_MS = 150;
const IMPORT_MS = 2_000;
/** Time in ms for which a connection survives a cut. */
const KEEPALIVE_MS = 4_000;

export class FaultPlan {
  readonly #swarm: Pick<Swarm, "faults" | "intensity" | "durationS">;
  readonly #targets: FaultTargets;
  readonly #untilMs: number;
  readonly #undo = new Set<() => void>();
  readonly #undoSoon = new Set<() => void>();
  #isPaused = false;
  #sheltered: { readonly node: SimNode; readonly end: () => void } | undefined;
  crashCount = 0;

  constructor(swarm: Pick<Swarm, "faults" | "intensity" | "durationS">, targets: FaultTargets) {
    this.#swarm = swarm;
    this.#targets = targets;
    this.#untilMs = swarm.durationS * 1_000;
  }

  run(): void {
    const { internet, honest } = this.#targets;
    const { conditions } = internet;
    const { intensity } = this.#swarm;
    this.#always(
      "loss",
      (rng) => (conditions.lossShare = rng.between(0.01, 0.3) * intensity),
      () => (conditions.lossShare = 0),
    );
    this.#always(
      "duplicates",
      (rng) => (conditions.duplicateShare = rng.between(0.01, 0.3)),
      () => (conditions.duplicateShare = 0),
    );
    this.#always(
      "reorder",
      (rng) => (conditions.reorderMs = rng.between(20, 800) * intensity),
      () => (conditions.reorderMs = 0),
    );
    this.#watch();
    this.#repeat("partition", (rng) => this.#partition(rng));
    this.#repeat("oneway", (rng) => this.#cutOneWay(rng));
    this.#repeat("reset", (rng) => this.#reset(rng));
    this.#repeat("slow", (rng) => this.#slow(rng));
    this.#repeat("kill", (rng) => this.#crash(rng, false));
    this.#repeat("power", (rng) => this.#crash(rng, true));
    this.#repeat("stop", (rng) => this.#stop(rng));
    this.#repeat("machine", (rng) => {
      const isPowerLoss = rng.chance(0.5);
      this.#crashAll(rng.pick(this.#targets.machines ?? [honest]), isPowerLoss, rng.between(200, 6_000));
    });
    this.#repeat("shardstop", (rng) =>
      this.#crashAll(
        rng.pick(this.#targets.shards ?? [honest]),
        false,
        rng.between(2_000, Math.max(SHARD_MS_MAX, this.#untilMs)),
      ),
    );
    this.#repeat("shardcut", (rng) => {
      const shard = rng.pick(this.#targets.shards ?? [honest]).map(({ index }) => index);
      const pairs = shard.flatMap((from) => shard.map((to) => [from, to] as const));
      this.#cut(pairs, rng.between(2_000, SHARD_MS_MAX));
    });
    this.#repeat("oldvotes", (rng) => this.#restoreOldVotes(rng));
    this.#repeat("slowdisk", (rng) => {
      const { conditions: disk } = rng.pick(honest).disk;
      disk.writeMs = rng.between(20, 600);
      this.#during(rng.between(2_000, 8_000), () => (disk.writeMs = 2));
    });
    this.#repeat("disk", (rng) => {
      const { conditions: disk } = rng.pick(honest).disk;
      disk.errorShare = rng.between(0.02, 0.3);
      this.#during(rng.between(2_000, 8_000), () => (disk.errorShare = 0));
    });
  }

  /**
   * First connects a new node only to honest nodes, because it finalizes the first deep branch that it
   * receives. [SIM-3]
   */
  shelter(node: SimNode): void {
    const { internet, nodes, honest, finalityDepth } = this.#targets;
    if (finalityDepth === Number.POSITIVE_INFINITY) return;
    const liars = nodes.filter((other) => !honest.includes(other));
    const pairs = liars.flatMap(({ index }) => [[index, node.index] as const, [node.index, index] as const]);
    const end = (): void => {
      this.#undo.delete(end);
      this.#sheltered = undefined;
      for (const [from, to] of pairs) internet.heal(from, to);
    };
    for (const undo of [...this.#undoSoon]) undo();
    for (const [from, to] of pairs) internet.cut(from, to);
    this.#isPaused = true;
    this.#undo.add(end);
    this.#sheltered = { node, end };
  }

  end(): void {
    for (const undo of [...this.#undo, ...this.#undoSoon]) undo();
  }

  #watch(): void {
    const { world, honest, finalityDepth } = this.#targets;
    if (this.#targets.shards !== undefined) return;
    const apartMax = finalityDepth * APART_SHARE_MAX;
    if (this.#sheltered !== undefined && missingScore(this.#sheltered.node, honest) <= apartMax) {
      this.#sheltered.end();
    }
    const isApart = this.#sheltered !== undefined || branchScore(honest) > apartMax;
    if (isApart !== this.#isPaused) world.note(NOBODY, isApart ? "faults pause" : "faults resume");
    this.#isPaused = isApart;
    if (isApart) for (const undo of [...this.#undoSoon]) undo();
    if (world.nowMs < this.#untilMs) world.schedule(WATCH_MS, NOBODY, "watch", () => this.#watch());
  }

  #always(fault: Fault, begin: (rng: RandomStream) => void, end: () => void): void {
    if (!this.#swarm.faults.has(fault)) return;
    begin(this.#targets.world.random(`fault ${fault}`));
    this.#undo.add(end);
  }

  #repeat(fault: Fault, strike: (rng: RandomStream) => void): void {
    if (!this.#swarm.faults.has(fault)) return;
    const { world } = this.#targets;
    const rng = world.random(`fault ${fault}`);
    const next = (): void => {
      const pauseMs = rng.exponential(PAUSE_MS / this.#swarm.intensity);
      if (world.nowMs + pauseMs >= this.#untilMs) return;
      world.schedule(pauseMs, NOBODY, `fault ${fault}`, () => {
        if (!this.#isPaused) strike(rng);
        next();
      });
    };
    next();
  }

  #during(durationMs: number, undo: () => void): void {
    const once = (): void => {
      if (this.#undoSoon.delete(once)) undo();
    };
    this.#undoSoon.add(once);
    this.#targets.world.schedule(durationMs, NOBODY, "fault ends", once);
  }

  #partition(rng: RandomStream): void {
    const { nodes } = this.#targets;
    const group = rng.shuffled(nodes.map(({ index }) => index)).slice(0, 1 + rng.below(nodes.length - 1));
    const inside = new Set(group);
    const pairs = group.flatMap((from) =>
      nodes.filter(({ index }) => !inside.has(index)).map(({ index }) => [from, index] as const),
    );
    this.#cut([...pairs, ...pairs.map(([from, to]) => [to, from] as const)], rng.between(1_000, 7_000));
  }

  #cutOneWay(rng: RandomStream): void {
    const { nodes } = this.#targets;
    const from = rng.pick(nodes).index;
    const pairs = nodes
      .filter(({ index }) => index !== from && rng.chance(0.6))
      .map(({ index }) => (rng.chance(0.8) ? ([from, index] as const) : ([index, from] as const)));
    this.#cut(pairs, rng.between(1_000, 8_000));
  }

  #cut(pairs: readonly (readonly [number, number])[], durationMs: number): void {
    const { internet, world } = this.#targets;
    world.note(NOBODY, "cut", pairs.map((pair) => pair.join(">")).join(" "));
    for (const [from, to] of pairs) internet.cut(from, to);
    this.#during(durationMs, () => {
      for (const [from, to] of pairs) internet.heal(from, to);
    });
    world.schedule(KEEPALIVE_MS, NOBODY, "keepalive", () => {
      for (const [from, to] of pairs) {
        if (internet.isCut(from, to)) internet.transportOf(peerIdOf(from))?.reset(peerIdOf(to));
      }
    });
  }

  #reset(rng: RandomStream): void {
    const { internet, world } = this.#targets;
    const transports = internet.transports().filter(({ peers }) => peers.length > 0);
    if (transports.length === 0) return;
    const transport = rng.pick(transports);
    const peer = rng.pick(transport.peers);
    world.note(transport.node, "connection breaks", nodeOf(peer));
    transport.reset(peer);
  }

  #slow(rng: RandomStream): void {
    const { internet, honest } = this.#targets;
    const { index } = rng.pick(honest);
    internet.slowDown(index, rng.between(5, 60));
    this.#during(rng.between(2_000, 8_000), () => internet.slowDown(index, 0));
  }

  #crash(rng: RandomStream, isPowerLoss: boolean): void {
    const up = this.#targets.honest.filter(({ isDown }) => !isDown);
    const node = rng.pick(this.#targets.honest);
    const downMs = rng.between(200, 6_000);
    if (up.length < 2 || node.isDown) return;
    void this.crash(node, isPowerLoss, downMs);
  }

  #crashAll(nodes: readonly SimNode[], isPowerLoss: boolean, downMs: number): void {
    const { world } = this.#targets;
    // They start again before the faults end.
    const downMsMax = Math.min(downMs, this.#untilMs - world.nowMs);
    for (const node of nodes) void this.crash(node, isPowerLoss, downMsMax);
  }

  #stop(rng: RandomStream): void {
    const node = rng.pick(this.#targets.honest);
    const downMs = rng.between(200, 3_000);
    if (!node.isUp) return;
    void node
      .stop()
      .then(() => this.#targets.world.schedule(downMs, node.index, "restart", () => node.start()));
  }

  #restoreOldVotes(rng: RandomStream): void {
    const { world, dispensable: node } = this.#targets;
    const agedMs = rng.between(1_000, 8_000);
    const downMs = rng.between(200, 3_000);
    const apartMs = downMs + rng.between(4_000, 15_000);
    if (!node?.isUp) return;
    const old = node.votes.copy();
    world.schedule(agedMs, node.index, "a backup is restored", () =>
      this.#whenVoting(node, () => {
        void this.crash(node, false, downMs).then(() => node.votes.restore(old));
        this.#isolate(node, apartMs);
      }),
    );
  }

  /** Strikes right after the node's vote, when another vote would be an equivocation. */
  #whenVoting(node: SimNode, strike: () => void): void {
    const { world } = this.#targets;
    if (!node.isUp || world.nowMs >= this.#untilMs) return;
    const open = node.chain?.finality.status().vote;
    if (open !== undefined && node.votes.copy()?.height === open.height) strike();
    else world.schedule(VOTING_LOOK_MS, node.index, "looks for a vote", () => this.#whenVoting(node, strike));
  }

  #isolate({ index: node }: SimNode, durationMs: number): void {
    const others = this.#targets.nodes.map(({ index }) => index).filter((other) => other !== node);
    const cuts = others.flatMap((other) => [[node, other] as const, [other, node] as const]);
    const { world } = this.#targets;
    world.schedule(SENT_MS, NOBODY, "isolation", () => this.#cut(cuts, durationMs));
  }

  importVotes(node: SimNode): void {
    void this.crash(node, false, IMPORT_MS).then(() => node.votes.importNewest());
  }

  async crash(node: SimNode, isPowerLoss: boolean, downMs: number): Promise<void> {
    if (node.isDown) return;
    this.crashCount++;
    this.#targets.world.schedule(downMs, node.index, "restart", () => node.start());
    await node.crash(isPowerLoss);
  }
}
