import type { Engine, TraceHooks } from "../engine/Engine.ts";
import { MAP } from "../engine/memoryMap.ts";
import { failureOf } from "./failure.ts";

/** Finds only the outermost frame's failure; cheaper than a trace. */
export class FailureSession implements TraceHooks {
  readonly #engine: Engine;
  #depth = 0;
  #stackBase = 0;
  #last: { opcode: number; gas: number; stackTop: number } | undefined;
  failure: string | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  enter(_kind: number, frame: number): void {
    if (++this.#depth === 1) this.#stackBase = this.#engine.memory.u32(frame + MAP.F_STACK);
  }

  step(_pc: number, opcode: number, gas: number, stackTop: number): void {
    if (this.#depth !== 1) return;
    this.#last ??= { opcode, gas, stackTop };
    this.#last.opcode = opcode;
    this.#last.gas = gas;
    this.#last.stackTop = stackTop;
  }

  leave(halt: number): void {
    if (--this.#depth > 0) return;
    const last = this.#last && {
      opcode: this.#last.opcode,
      gas: BigInt(this.#last.gas),
      stackHeight: (this.#last.stackTop - this.#stackBase) / 32,
    };
    this.failure = failureOf(this.#engine.memory, halt, last)?.words;
  }
}
