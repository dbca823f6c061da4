import type { Clock, Scheduler, Timer } from "@trellis/base";
import type { World } from "./World.ts";

export interface ClockError {
  readonly skewMs: number;
  readonly driftMsPerSecond: number;
}

export class NodeTime implements Clock, Scheduler {
  readonly #world: World;
  readonly #owner: number;
  readonly #epochMs: number;
  readonly #error: ClockError;
  #isOver = false;

  constructor(world: World, owner: number, epochMs: number, error: ClockError) {
    this.#world = world;
    this.#owner = owner;
    this.#epochMs = epochMs;
    this.#error = error;
  }

  nowMs(): number {
    const { nowMs } = this.#world;
    const { skewMs, driftMsPerSecond } = this.#error;
    return Math.floor(this.#epochMs + skewMs + nowMs * (1 + driftMsPerSecond / 1_000));
  }

  after(delayMs: number, task: () => void): Timer {
    return this.schedule(delayMs / (1 + this.#error.driftMsPerSecond / 1_000), "timer", task);
  }

  schedule(delayMs: number, label: string, task: () => void): Timer {
    return this.#world.schedule(delayMs, this.#owner, label, () => {
      if (!this.#isOver) task();
    });
  }

  /** Never resolves if the node has stopped. */
  wait(delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => this.schedule(delayMs, label, resolve));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
  }
}
