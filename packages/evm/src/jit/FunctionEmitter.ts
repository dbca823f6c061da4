import { MAP } from "../engine/memoryMap.ts";
import { emitInstruction } from "./emitInstruction.ts";
import { BASE, FrameEmitter, GAS, SELF, SIZE, SP } from "./FrameEmitter.ts";
import type { FunctionBody } from "./FunctionBody.ts";
import type { Instruction, Program, Segment } from "./Program.ts";
import { constantOf, type Limbs, State, type Value } from "./State.ts";
import { I, TYPE } from "./wasm.ts";

export const HALT = { return: 1, revert: 2, jump: 5, yield: 33, continue: 34, interpret: 35 } as const;

const WORD = 32;
/** Within reach of the stack pointer (FrameEmitter.ts). */
const NEED_MAX = 120;
const PEAK_MAX = 512;
/** Below the gas of a run (core/compiled.ts), so that each run makes progress. */
const PATH_GAS_MAX = 20_000;
const INSTRUCTIONS_MAX = 120;
const BRANCHES_MAX = 24;
const STACK_LIMIT = 1024;

/** The functions of a module. */
export interface Linker {
  /** Index of the function that starts at `pc`. */
  functionAt(pc: number): number;
  /** Position of the function in the table. */
  entryAt(pc: number): number;
  /** Leaves the frame to the interpreter, or yields. */
  readonly leave: number;
  readonly interpret: number;
  readonly functionType: number;
  /** Address of two bytes per byte of code: the table position of each jump destination, or 0. */
  readonly destinations: number;
}

/** Compiles the code from `pc` on, until it jumps to where another function starts. */
export function emitFunction(program: Program, linker: Linker, pc: number): Uint8Array {
  return new FunctionEmitter(program, linker, pc).emit();
}

class FunctionEmitter {
  readonly #frame: FrameEmitter;
  readonly #body: FunctionBody;
  readonly #program: Program;
  readonly #linker: Linker;
  readonly #root: number;
  readonly #start = {};
  /** States of branches that follow later. */
  readonly #states: State[] = [];
  readonly #visited = new Set<number>();
  #instructionsLeft = INSTRUCTIONS_MAX;
  #branchesLeft = BRANCHES_MAX;
  #need = 0;
  #peak = 0;
  #pathGas = 0;

  constructor(program: Program, linker: Linker, root: number) {
    this.#frame = new FrameEmitter(program);
    this.#body = this.#frame.body;
    this.#program = program;
    this.#linker = linker;
    this.#root = root;
  }

  emit(): Uint8Array {
    const body = this.#body;
    const first = this.#program.segment(this.#root);
    if (!this.#fits(first, new State())) {
      this.#leaveToInterpreter(new State(), this.#root);
      body.op(I.unreachable);
      return body.toBytes();
    }
    body.loop(this.#start);
    const patches = this.#emitCheck();
    this.#path(this.#root, new State());
    body.end();
    body.op(I.unreachable);
    body.code.patch(patches.gas, this.#pathGas);
    body.code.patch(patches.need, WORD * this.#need);
    body.code.patch(patches.room, WORD * (STACK_LIMIT - this.#need - this.#peak));
    return body.toBytes();
  }

  /** Leaves unless the gas covers the longest path and the stack has the height that all paths need. */
  #emitCheck(): { gas: number; need: number; room: number } {
    const body = this.#body;
    const leave = (target: number): void => {
      body.if();
      for (const parameter of [SELF, SP]) body.get(parameter);
      body.i32(this.#linker.entryAt(this.#root));
      body.i32(this.#root);
      body.get(GAS);
      body.op(I.returnCall);
      body.code.unsigned(target);
      body.end();
    };
    body.get(GAS);
    body.op(I.i64Const);
    const gas = body.code.reserve();
    body.op(I.i64Sub);
    body.get(SELF);
    body.access(I.i64Load, MAP.F_FLOOR);
    body.op(I.i64LtS);
    leave(this.#linker.leave);
    body.get(SP);
    body.get(SELF);
    body.access(I.i32Load, MAP.F_STACK);
    body.op(I.i32Sub, I.i32Const);
    const need = body.code.reserve();
    body.op(I.i32Sub, I.i32Const);
    const room = body.code.reserve();
    body.op(I.i32GtU);
    leave(this.#linker.interpret);
    this.#frame.begin();
    return { gas, need, room };
  }

  #fits({ gas, need, peak }: Segment, state: State): boolean {
    return (
      need - state.height <= NEED_MAX &&
      state.height + peak <= PEAK_MAX &&
      state.pathGas + gas <= PATH_GAS_MAX
    );
  }

  #path(from: number, state: State): void {
    let pc = from;
    this.#states.push(state);
    for (;;) {
      const segment = this.#program.segment(pc);
      const isRoot = pc === this.#root;
      const isElsewhere =
        this.#visited.has(pc) ||
        this.#program.loops.has(pc) ||
        this.#instructionsLeft <= 0 ||
        !this.#fits(segment, state);
      if (isRoot ? this.#visited.has(pc) : isElsewhere) {
        this.#goTo(pc, state);
        break;
      }
      this.#visited.add(pc);
      this.#begin(segment, state);
      const next = this.#segment(segment, state);
      if (next === undefined) break;
      pc = next;
    }
    this.#states.pop();
  }

  #begin(segment: Segment, state: State): void {
    this.#instructionsLeft -= segment.instructions.length;
    this.#need = Math.max(this.#need, segment.need - state.height);
    this.#peak = Math.max(this.#peak, state.height + segment.peak);
    state.gas += segment.gas;
    state.pathGas += segment.gas;
    if (!state.isUnsure) {
      this.#pathGas = Math.max(this.#pathGas, state.pathGas);
      return;
    }
    const body = this.#body;
    this.#frame.pay(state);
    body.get(GAS);
    body.i64(0n);
    body.op(I.i64LtS);
    body.if();
    const fork = state.fork();
    fork.gas = -segment.gas;
    this.#leaveToInterpreter(fork, segment.pc);
    body.end();
  }

  /** @returns where the path continues */
  #segment(segment: Segment, state: State): number | undefined {
    let gasLeft = segment.gas;
    const { instructions, end, next } = segment;
    const last = end === "fallThrough" || end === "interpret" ? undefined : instructions.at(-1);
    for (const instruction of instructions) {
      gasLeft -= this.#program.staticGas(instruction.opcode);
      if (instruction === last && ENDS.has(last.opcode)) break;
      this.#frame.locals.collect(this.#states);
      emitInstruction(this.#frame, state, instruction, gasLeft);
    }
    switch (end) {
      case "fallThrough":
        return next;
      case "interpret":
        this.#leaveToInterpreter(state, next);
        return undefined;
      case "call":
        this.#call(last!, state, next);
        return undefined;
      case "jump":
        return this.#jump(state.pop(), state);
      case "branch":
        return this.#branch(state, next);
      case "end":
        this.#end(last, state);
        return undefined;
    }
  }

  #jump(target: Value, state: State): number | undefined {
    const constant = constantOf(target);
    if (constant === undefined) {
      this.#jumpTo(this.#frame.limbs(target), state);
      return undefined;
    }
    const pc = Number(constant);
    if (this.#program.destinations.has(pc)) return pc;
    this.#halt(HALT.jump);
    return undefined;
  }

  #branch(state: State, next: number): number | undefined {
    const body = this.#body;
    const target = state.pop();
    const condition = state.pop();
    if (condition.flag === undefined) this.#frame.limbs(condition);
    const known = constantOf(condition);
    if (known !== undefined) return known === 0n ? next : this.#jump(target, state);
    const constant = constantOf(target);
    // Loaded before the branch, because the stack may hold the target, too.
    if (constant === undefined) this.#frame.limbs(target);
    const isDestination = constant !== undefined && this.#program.destinations.has(Number(constant));
    const isNextCold = next >= this.#program.code.length || this.#program.isCold(next);
    this.#frame.words.pushCondition(condition);
    this.#branchesLeft--;
    if (isNextCold && isDestination && this.#branchesLeft > 0) {
      body.op(I.i32Eqz);
      body.if();
      this.#fork(state, (fork) => this.#path(next, fork));
      body.end();
      return Number(constant);
    }
    body.if();
    this.#fork(state, (fork) => {
      if (constant === undefined) this.#jumpTo(this.#frame.limbs(target), fork);
      else if (!isDestination) this.#halt(HALT.jump);
      else if (this.#branchesLeft > 0 && this.#program.isCold(Number(constant)))
        this.#path(Number(constant), fork);
      else this.#goTo(Number(constant), fork);
    });
    body.end();
    if (this.#branchesLeft > 0) return next;
    this.#goTo(next, state);
    return undefined;
  }

  #fork(state: State, emit: (fork: State) => void): void {
    const fork = state.fork();
    this.#states.push(fork);
    emit(fork);
    this.#states.pop();
  }

  #call({ opcode }: Instruction, state: State, next: number): void {
    const body = this.#body;
    const isCreation = opcode === 0xf0 || opcode === 0xf5;
    this.#frame.flush(state);
    this.#frame.pay(state);
    body.get(SELF);
    this.#frame.pushAddress(state.height);
    body.i32(opcode);
    body.i32(this.#linker.entryAt(next));
    body.i32(next);
    body.get(GAS);
    this.#frame.callCore(isCreation ? "createFrom" : "callFrom");
    const result = this.#frame.locals.take(TYPE.i32);
    body.tee(result);
    body.i32(HALT.continue);
    body.op(I.i32Ne);
    body.if();
    body.get(result);
    body.op(I.return);
    body.end();
    body.get(SELF);
    body.access(I.i32Load, MAP.F_TOP);
    body.get(SELF);
    body.access(I.i64Load, MAP.F_GAS);
    body.get(SELF);
    body.access(I.i32Load, MAP.F_MEMORY_SIZE);
    body.get(SELF);
    body.get(BASE);
    body.op(I.returnCall);
    body.code.unsigned(this.#linker.functionAt(next));
  }

  #end(last: Instruction | undefined, state: State): void {
    const body = this.#body;
    if (last === undefined || !ENDS.has(last.opcode) || last.opcode === 0) {
      this.#frame.pay(state);
      body.get(SELF);
      body.get(GAS);
      this.#frame.returnCore("stop");
      return;
    }
    const offset = state.pop();
    const length = state.pop();
    const work = this.#frame.workSlot(state);
    this.#frame.storeTo(work, length);
    this.#frame.storeTo(work + 1, offset);
    this.#frame.pay(state);
    body.get(SELF);
    this.#frame.pushAddress(work);
    body.i32(last.opcode === 0xf3 ? HALT.return : HALT.revert);
    body.get(GAS);
    this.#frame.returnCore("finishWith");
  }

  #halt(halt: number): void {
    this.#body.i32(halt);
    this.#body.op(I.return);
  }

  #leaveToInterpreter(state: State, pc: number): void {
    const body = this.#body;
    this.#frame.flush(state);
    this.#frame.pay(state);
    body.get(SELF);
    this.#pushTop(state);
    body.i32(0);
    body.i32(pc);
    body.get(GAS);
    body.op(I.returnCall);
    body.code.unsigned(this.#linker.interpret);
  }

  #pushTop(state: State): void {
    this.#body.get(SP);
    if (state.height === 0) return;
    this.#body.i32(WORD * state.height);
    this.#body.op(I.i32Add);
  }

  #goTo(pc: number, state: State): void {
    const body = this.#body;
    this.#frame.flush(state);
    this.#frame.pay(state);
    if (pc === this.#root) {
      if (state.height !== 0) {
        this.#pushTop(state);
        body.set(SP);
      }
      body.br(this.#start);
      return;
    }
    this.#pushTop(state);
    for (const parameter of [GAS, SIZE, SELF, BASE]) body.get(parameter);
    body.op(I.returnCall);
    body.code.unsigned(this.#linker.functionAt(pc));
  }

  #jumpTo(target: Limbs, state: State): void {
    const body = this.#body;
    this.#frame.flush(state);
    this.#frame.pay(state);
    const fail = (): void => {
      body.if();
      this.#halt(HALT.jump);
      body.end();
    };
    const upper = this.#frame.words.pushUpperLimbs([target]);
    if (upper === "nonzero") {
      this.#halt(HALT.jump);
      return;
    }
    if (upper === "unknown") {
      body.op(I.i64Eqz, I.i32Eqz);
      fail();
    }
    this.#frame.words.push(target[0]);
    body.i64(BigInt(this.#program.code.length));
    body.op(I.i64GeU);
    fail();
    const entry = this.#frame.locals.take(TYPE.i32);
    this.#frame.words.push(target[0]);
    body.op(I.i32WrapI64);
    body.i32(1);
    body.op(I.i32Shl);
    body.access(I.i32Load16U, this.#linker.destinations);
    body.tee(entry);
    body.op(I.i32Eqz);
    fail();
    this.#pushTop(state);
    for (const parameter of [GAS, SIZE, SELF, BASE]) body.get(parameter);
    body.get(entry);
    body.op(I.returnCallIndirect);
    body.code.unsigned(this.#linker.functionType);
    body.op(0);
  }
}

/** STOP, JUMP, JUMPI, calls, RETURN, REVERT. */
const ENDS = new Set([0x00, 0x56, 0x57, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xfa, 0xfd]);
