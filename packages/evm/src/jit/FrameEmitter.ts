import { MAP } from "../engine/memoryMap.ts";
import { CORE_INDEX, type CoreFunction } from "./coreFunctions.ts";
import { FunctionBody } from "./FunctionBody.ts";
import { Locals } from "./Locals.ts";
import type { Program } from "./Program.ts";
import type { Limbs, State, Value } from "./State.ts";
import { WordEmitter } from "./WordEmitter.ts";
import { I, SIMD, TYPE } from "./wasm.ts";

/** Parameters of each function of compiled code. */
export const SP = 0;
export const GAS = 1;
export const SIZE = 2;
export const SELF = 3;
export const BASE = 4;
export const PARAMETER_COUNT = 5;

const WORD = 32;
/** Memory below the stack pointer that offsets can reach. Offsets of WebAssembly are unsigned. */
const REACH_WORDS = 128;

/** The instructions with which a function uses its frame: gas, stack and memory. */
export class FrameEmitter {
  readonly body = new FunctionBody(PARAMETER_COUNT);
  readonly locals = new Locals(this.body);
  readonly words = new WordEmitter(this.body, this.locals);
  readonly program: Program;
  /** Address of slot −REACH_WORDS. */
  readonly #low: number;

  constructor(program: Program) {
    this.program = program;
    this.#low = this.body.local(TYPE.i32);
  }

  /** Call when the stack pointer has changed. */
  begin(): void {
    this.body.get(SP);
    this.body.i32(WORD * REACH_WORDS);
    this.body.op(I.i32Sub);
    this.body.set(this.#low);
  }

  callCore(name: CoreFunction): void {
    this.body.call(CORE_INDEX[name]);
  }

  returnCore(name: CoreFunction): void {
    this.body.op(I.returnCall);
    this.body.code.unsigned(CORE_INDEX[name]);
  }

  /** Subtracts the static gas so far. */
  pay(state: State): void {
    const { body } = this;
    if (state.gas === 0) return;
    body.get(GAS);
    body.i64(BigInt(state.gas));
    body.op(I.i64Sub);
    body.set(GAS);
    state.gas = 0;
  }

  /** The i64 on top of the stack is the remaining gas, negative if the instruction failed. */
  takeGas(state: State): void {
    const { body } = this;
    body.tee(GAS);
    body.i64(0n);
    body.op(I.i64LtS);
    body.if();
    this.returnCore("failed");
    body.end();
    state.isUnsure = true;
  }

  reloadSize(): void {
    this.body.get(SELF);
    this.body.access(I.i32Load, MAP.F_MEMORY_SIZE);
    this.body.set(SIZE);
  }

  limbs(value: Value): Limbs {
    if (value.limbs !== undefined) return value.limbs;
    if (value.flag !== undefined) {
      this.body.get(value.flag);
      this.body.op(I.i64ExtendI32U);
      value.limbs = [this.words.take(), 0n, 0n, 0n];
    } else value.limbs = this.words.loadLimbs(() => this.body.get(this.#low), this.#offset(value.slot!));
    return value.limbs;
  }

  #offset(slot: number): number {
    return WORD * (REACH_WORDS + slot);
  }

  pushAddress(slot: number): void {
    this.body.get(this.#low);
    this.body.i32(this.#offset(slot));
    this.body.op(I.i32Add);
  }

  /** First slot whose memory holds no value. */
  workSlot(state: State): number {
    return Math.max(state.height, 0);
  }

  storeTo(slot: number, value: Value): void {
    const pushLow = (): void => this.body.get(this.#low);
    if (value.limbs === undefined && value.flag === undefined && value.slot !== slot) {
      for (const half of [0, 16]) {
        pushLow();
        pushLow();
        this.body.simdAccess(SIMD.load, this.#offset(value.slot!) + half);
        this.body.simdAccess(SIMD.store, this.#offset(slot) + half);
      }
      return;
    }
    if (value.slot !== slot) this.words.storeLimbs(pushLow, this.#offset(slot), this.limbs(value));
  }

  loadFrom(slot: number): Value {
    return { limbs: this.words.loadLimbs(() => this.body.get(this.#low), this.#offset(slot)) };
  }

  /** Pushes the address of a word in memory. The word must not be changed. */
  pushWord(value: Value, work: number): void {
    if (value.slot === undefined) this.storeTo(work, value);
    this.pushAddress(value.slot ?? work);
  }

  /** Writes the changed words of the stack to memory. The state is not used afterwards. */
  flush(state: State): void {
    const changed = state.values
      .map((value, i) => ({ value, slot: state.bottom + i }))
      .filter(({ value, slot }) => value.slot !== slot);
    // A slot may be overwritten before another slot reads it.
    for (const { value } of changed) this.limbs(value);
    const pushLow = (): void => this.body.get(this.#low);
    for (const { value, slot } of changed) this.words.storeLimbs(pushLow, this.#offset(slot), value.limbs!);
  }
}
