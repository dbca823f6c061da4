import type { Internet } from "../internet/Internet.ts";
import { nodeOf, peerIdOf } from "../internet/SimTransport.ts";
import type { SimNode } from "../node/SimNode.ts";
import type { Swarm } from "../run/chooseSwarm.ts";
import type { RandomStream } from "../world/RandomStream.ts";
import { NOBODY, type World } from "../world/World.ts";
import type { Fault } from "./faults.ts";

export interface FaultTargets {
  readonly world: World;
  readonly internet: Internet;
  readonly honest: readonly SimNode[];
  readonly nodes: readonly SimNode[];
}

/** Mean time between two faults of a kind at full intensity. ms */
const PAUSE_MS = 6_000;
/** Between two cuts. ms */
const CALM_MS = 8_000;
/** A connection over a cut lasts this long. ms */
const KEEPALIVE_MS = 4_000;

/** Turns faults on and off until a given time; after that nothing goes wrong any more. */
export class FaultPlan {
  readonly #swarm: Swarm;
  readonly #targets: FaultTargets;
  readonly #untilMs: number;
  readonly #undo = new Set<() => void>();
  #calmUntilMs = 0;
  crashCount = 0;

  constructor(swarm: Swarm, targets: FaultTargets) {
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
      (chance) => (conditions.lossShare = chance.between(0.01, 0.3) * intensity),
      () => (conditions.lossShare = 0),
    );
    this.#always(
      "duplicates",
      (chance) => (conditions.duplicateShare = chance.between(0.01, 0.3)),
      () => (conditions.duplicateShare = 0),
    );
    this.#always(
      "reorder",
      (chance) => (conditions.reorderMs = chance.between(20, 800) * intensity),
      () => (conditions.reorderMs = 0),
    );
    this.#repeat("partition", (chance) => this.#partition(chance));
    this.#repeat("oneway", (chance) => this.#cutOneWay(chance));
    this.#repeat("reset", (chance) => this.#reset(chance));
    this.#repeat("slow", (chance) => this.#slow(chance));
    this.#repeat("kill", (chance) => this.#crash(chance, false));
    this.#repeat("power", (chance) => this.#crash(chance, true));
    this.#repeat("stop", (chance) => this.#stop(chance));
    this.#repeat("slowdisk", (chance) => {
      const { conditions: disk } = chance.pick(honest).disk;
      disk.writeMs = chance.between(20, 600);
      this.#during(chance.between(2_000, 8_000), () => (disk.writeMs = 2));
    });
    this.#repeat("disk", (chance) => {
      const { conditions: disk } = chance.pick(honest).disk;
      disk.errorShare = chance.between(0.02, 0.3);
      this.#during(chance.between(2_000, 8_000), () => (disk.errorShare = 0));
    });
  }

  /** Faults that are on are turned off. */
  end(): void {
    for (const undo of [...this.#undo]) undo();
  }

  #always(fault: Fault, begin: (chance: RandomStream) => void, end: () => void): void {
    if (!this.#swarm.faults.has(fault)) return;
    begin(this.#targets.world.random(`fault ${fault}`));
    this.#undo.add(end);
  }

  #repeat(fault: Fault, strike: (chance: RandomStream) => void): void {
    if (!this.#swarm.faults.has(fault)) return;
    const { world } = this.#targets;
    const chance = world.random(`fault ${fault}`);
    const next = (): void => {
      const pauseMs = chance.exponential(PAUSE_MS / this.#swarm.intensity);
      if (world.nowMs + pauseMs >= this.#untilMs) return;
      world.schedule(pauseMs, NOBODY, `fault ${fault}`, () => {
        strike(chance);
        next();
      });
    };
    next();
  }

  /** Until later, or until faults end. */
  #during(durationMs: number, undo: () => void): void {
    const once = (): void => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    this.#targets.world.schedule(durationMs, NOBODY, "fault ends", once);
  }

  /** No side may be alone for so long that it makes blocks final that the other does not have. */
  #partition(chance: RandomStream): void {
    const { nodes } = this.#targets;
    const group = chance
      .shuffled(nodes.map(({ index }) => index))
      .slice(0, 1 + chance.below(nodes.length - 1));
    const inside = new Set(group);
    const pairs = group.flatMap((from) =>
      nodes.filter(({ index }) => !inside.has(index)).map(({ index }) => [from, index] as const),
    );
    this.#cut([...pairs, ...pairs.map(([from, to]) => [to, from] as const)], chance.between(1_000, 7_000));
  }

  #cutOneWay(chance: RandomStream): void {
    const { nodes } = this.#targets;
    const from = chance.pick(nodes).index;
    const pairs = nodes
      .filter(({ index }) => index !== from && chance.chance(0.6))
      .map(({ index }) => (chance.chance(0.8) ? ([from, index] as const) : ([index, from] as const)));
    this.#cut(pairs, chance.between(1_000, 8_000));
  }

  /**
   * After a cut comes a time in which none does: while finality goes by depth alone, a node that is cut off again and
   * again for longer than the depth takes makes another chain final, as it must.
   */
  #cut(pairs: readonly (readonly [number, number])[], durationMs: number): void {
    const { internet, world } = this.#targets;
    if (world.nowMs < this.#calmUntilMs) return;
    this.#calmUntilMs = world.nowMs + durationMs + CALM_MS;
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

  #reset(chance: RandomStream): void {
    const { internet, world } = this.#targets;
    const transports = internet.transports().filter(({ peers }) => peers.length > 0);
    if (transports.length === 0) return;
    const transport = chance.pick(transports);
    const peer = chance.pick(transport.peers);
    world.note(transport.node, "connection breaks", nodeOf(peer));
    transport.reset(peer);
  }

  #slow(chance: RandomStream): void {
    const { internet, honest } = this.#targets;
    const { index } = chance.pick(honest);
    internet.slowDown(index, chance.between(5, 60));
    this.#during(chance.between(2_000, 8_000), () => internet.slowDown(index, 0));
  }

  #crash(chance: RandomStream, isPowerLoss: boolean): void {
    const up = this.#targets.honest.filter(({ isDown }) => !isDown);
    const node = chance.pick(this.#targets.honest);
    const downMs = chance.between(200, 6_000);
    if (up.length < 2 || node.isDown) return;
    void this.crash(node, isPowerLoss, downMs);
  }

  /** In good order, as an operator stops a node. */
  #stop(chance: RandomStream): void {
    const node = chance.pick(this.#targets.honest);
    const downMs = chance.between(200, 3_000);
    if (!node.isUp) return;
    void node
      .stop()
      .then(() => this.#targets.world.schedule(downMs, node.index, "restart", () => node.start()));
  }

  /** Ends a node and starts it again later. */
  async crash(node: SimNode, isPowerLoss: boolean, downMs: number): Promise<void> {
    if (node.isDown) return;
    this.crashCount++;
    this.#targets.world.schedule(downMs, node.index, "restart", () => node.start());
    await node.crash(isPowerLoss);
  }
}
