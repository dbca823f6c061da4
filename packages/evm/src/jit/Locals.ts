import type { FunctionBody } from "./FunctionBody.ts";
import type { State } from "./State.ts";
import { TYPE, type ValueType } from "./wasm.ts";

/** Few locals keep the engine's compile time low. */
const COLLECT_AT = 96;

/** Locals for values. `collect` frees the locals that no state uses. */
export class Locals {
  readonly #body: FunctionBody;
  readonly #free: Record<ValueType, number[]> = { [TYPE.i32]: [], [TYPE.i64]: [], [TYPE.v128]: [] };
  readonly #taken: Record<ValueType, number[]> = { [TYPE.i32]: [], [TYPE.i64]: [], [TYPE.v128]: [] };

  constructor(body: FunctionBody) {
    this.#body = body;
  }

  take(type: ValueType): number {
    const local = this.#free[type].pop() ?? this.#body.local(type);
    this.#taken[type].push(local);
    return local;
  }

  /** Call between instructions. */
  collect(states: readonly State[]): void {
    if (this.#taken[TYPE.i64].length < COLLECT_AT) return;
    const live = new Set<number>();
    for (const state of states) state.addLocals(live);
    for (const type of [TYPE.i32, TYPE.i64, TYPE.v128]) {
      const still: number[] = [];
      for (const local of this.#taken[type]) (live.has(local) ? still : this.#free[type]).push(local);
      this.#taken[type] = still;
    }
  }
}
