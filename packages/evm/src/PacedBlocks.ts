import { type Pace, runPaced, SerialQueue } from "@trellis/base";
import type { BlockInput, BlockResult } from "@trellis/protocol";
import type { Engine } from "./engine/Engine.ts";
import { runBlockInSteps } from "./runBlock.ts";
import type { KnownRuns } from "./runs/KnownRuns.ts";

/** Runs one block at a time. [EVM-14] */
export class PacedBlocks {
  readonly #engine: () => Engine;
  readonly #pace: Pace;
  readonly #knownRuns: KnownRuns | undefined;
  readonly #blocks = new SerialQueue();

  constructor(engine: () => Engine, pace: Pace, knownRuns: KnownRuns | undefined) {
    this.#engine = engine;
    this.#pace = pace;
    this.#knownRuns = knownRuns;
  }

  run(input: BlockInput): Promise<BlockResult> {
    return this.#blocks.run(() => this.#run(input));
  }

  async #run(input: BlockInput): Promise<BlockResult> {
    const engine = this.#engine();
    const pace = this.#pace;
    engine.isPauseDue = () => pace.isDue();
    engine.setState(input.state);
    const options = { processorMs: () => pace.processorMs(), knownRuns: this.#knownRuns };
    return runPaced(runBlockInSteps(engine, input, options), pace);
  }
}
