import type { Address } from "@trellis/protocol";
import type { Engine, TraceHooks as EngineHooks } from "../engine/Engine.ts";
import { HALTS } from "../engine/halts.ts";
import { MAP } from "../engine/memoryMap.ts";
import { failureOf, type LastStep } from "./failure.ts";
import type { FrameStart, Step, TraceHooks } from "./TraceHooks.ts";

const TYPES: Readonly<Record<number, FrameStart["type"]>> = {
  240: "CREATE",
  241: "CALL",
  242: "CALLCODE",
  244: "DELEGATECALL",
  245: "CREATE2",
  250: "STATICCALL",
};
const CREATE = 0xf0;
const CREATE2 = 0xf5;
const DELEGATECALL = 0xf4;
const STATICCALL = 0xfa;
const SELFDESTRUCT = 0xff;
const CODE_BYTE_GAS = 200n;
/** `gasLeft` if no gas pays for the memory. */
const UNREACHABLE = -(2 ** 63);
/** geth charges only dynamic gas for these opcodes, so a rejected step has cost 0. */
const ALL_DYNAMIC = new Set([0x0a, 0x54, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4]);

interface OpenFrame {
  readonly start: FrameStart;
  readonly at: number;
  readonly address: Address;
  last: (LastStep & { readonly balance: bigint }) | undefined;
}

export class TraceSession implements EngineHooks {
  readonly #engine: Engine;
  readonly #hooks: TraceHooks;
  readonly #frames: OpenFrame[] = [];
  failure: string | undefined;

  constructor(engine: Engine, hooks: TraceHooks) {
    this.#engine = engine;
    this.#hooks = hooks;
  }

  step(pc: number, opcode: number, gas: number, stackTop: number, memorySize: number): void {
    const frame = this.#frames.at(-1)!;
    const step = new CoreStep(this.#engine, frame, this.#frames.length, {
      pc,
      opcode,
      gas,
      stackTop,
      memorySize,
    });
    this.#tellCost(frame, step.gas, step.refund());
    frame.last = {
      opcode,
      gas: step.gas,
      stackHeight: step.stackHeight,
      balance: opcode === SELFDESTRUCT ? this.#engine.account(frame.address).balance : 0n,
    };
    this.#hooks.onStep?.(step);
  }

  enter(kind: number, at: number): void {
    const { memory } = this.#engine;
    const isCreation = kind === CREATE || kind === CREATE2;
    const caller = this.#frames.at(-1);
    const gas = memory.u64(at + MAP.F_GAS);
    if (caller !== undefined) {
      // The cost includes gas passed to a call, but not to a creation.
      const left = memory.u64(at - MAP.FRAME_SIZE + MAP.F_GAS);
      this.#tellCost(caller, isCreation ? left + gas : left, BigInt(this.#engine.core.refundCounter()));
    }
    const address = memory.addressHex(at + MAP.F_ADDRESS);
    const inputLength = isCreation
      ? memory.u32(at + MAP.F_INIT_CODE + MAP.C_LENGTH)
      : memory.u32(at + MAP.F_DATA_LENGTH);
    const to = isCreation ? address : memory.addressHex(memory.u32(at + MAP.F_TARGET));
    const start: FrameStart = {
      type: TYPES[kind]!,
      depth: this.#frames.length,
      from: kind === DELEGATECALL ? address : memory.addressHex(at + MAP.F_CALLER),
      to: isCreation && address === NO_ADDRESS ? undefined : to,
      get input() {
        return memory.copy(memory.u32(at + MAP.F_DATA), inputLength);
      },
      gas,
      value: kind === STATICCALL ? undefined : memory.word(at + MAP.F_VALUE),
    };
    this.#frames.push({ start, at, address, last: undefined });
    this.#hooks.onEnter?.(start);
  }

  leave(halt: number, gasLeft: number, output: number, outputLength: number): void {
    const frame = this.#frames.at(-1)!;
    const { memory } = this.#engine;
    const { last, start } = frame;
    const refund = memory.u64(MAP.RESULT + MAP.R_REFUND);
    // Calls refused for depth or balance return the gas.
    const left = halt <= HALTS.revert || halt >= HALTS.depth ? BigInt(gasLeft) : 0n;
    if (last !== undefined) {
      const isDeposit = start.type.startsWith("CREATE") && halt <= HALTS.return;
      const end = isDeposit ? left + CODE_BYTE_GAS * BigInt(outputLength) : left;
      if (halt <= HALTS.revert) this.#tellCost(frame, end, refund);
      else this.#hooks.onStepCost?.(this.#costOfFailure(last, halt, gasLeft), refund);
      if (halt <= HALTS.return && last.opcode === SELFDESTRUCT) this.#tellInheritance(frame, last.balance);
    }
    this.#frames.pop();
    const failure = failureOf(memory, halt, last);
    if (this.#frames.length === 0) this.failure = failure?.words;
    this.#hooks.onExit?.({
      depth: start.depth,
      get output() {
        return memory.copy(output, outputLength);
      },
      gasUsed: start.gas - left,
      failure: failure?.words,
      isLastStepRefused: failure?.isBeforeRunning ?? false,
    });
  }

  #tellCost(frame: OpenFrame, gasNow: bigint, refundNow: bigint): void {
    if (frame.last !== undefined) this.#hooks.onStepCost?.(frame.last.gas - gasNow, refundNow);
    frame.last = undefined;
  }

  /** geth reports the transfer of a self-destruct as a frame. */
  #tellInheritance({ start, address, at }: OpenFrame, balance: bigint): void {
    const { memory } = this.#engine;
    const heir = memory.addressHex(memory.u32(at + MAP.F_TOP) - 32);
    const depth = start.depth + 1;
    this.#hooks.onEnter?.({
      type: "SELFDESTRUCT",
      depth,
      from: address,
      to: heir,
      input: new Uint8Array(0),
      gas: 0n,
      value: balance,
    });
    this.#hooks.onExit?.({
      depth,
      output: new Uint8Array(0),
      gasUsed: 0n,
      failure: undefined,
      isLastStepRefused: false,
    });
  }

  /** The full price if known, else the static gas, as in geth. */
  #costOfFailure({ opcode, gas }: LastStep, halt: number, gasLeft: number): bigint {
    const isShort = gasLeft < 0 && gasLeft > UNREACHABLE;
    const isKnown = halt === HALTS.static || (halt === HALTS.outOfGas && isShort);
    return isKnown ? gas - BigInt(gasLeft) : this.#staticGas(opcode);
  }

  #staticGas(opcode: number): bigint {
    const info = this.#engine.memory.u32(MAP.OPCODES + 4 * opcode);
    return info === 0xffff_ffff || ALL_DYNAMIC.has(opcode) ? 0n : BigInt(info & 0xffff);
  }
}

const NO_ADDRESS: Address = `0x${"00".repeat(20)}`;

interface RawStep {
  readonly pc: number;
  readonly opcode: number;
  readonly gas: number;
  readonly stackTop: number;
  readonly memorySize: number;
}

class CoreStep implements Step {
  readonly pc: number;
  readonly opcode: number;
  readonly gas: bigint;
  readonly depth: number;
  readonly address: Address;
  readonly stackHeight: number;
  readonly memorySize: number;
  readonly #engine: Engine;
  readonly #memoryAt: number;
  readonly #stackTop: number;

  constructor(engine: Engine, frame: OpenFrame, depth: number, raw: RawStep) {
    this.#engine = engine;
    this.pc = raw.pc;
    this.opcode = raw.opcode;
    this.gas = BigInt(raw.gas);
    this.depth = depth;
    this.address = frame.address;
    this.stackHeight = (raw.stackTop - engine.memory.u32(frame.at + MAP.F_STACK)) / 32;
    this.#memoryAt = engine.memory.u32(frame.at + MAP.F_MEMORY);
    this.memorySize = raw.memorySize;
    this.#stackTop = raw.stackTop;
  }

  stackItem(index: number): bigint {
    return this.#engine.memory.word(this.#stackTop - 32 * (index + 1));
  }

  stack(): bigint[] {
    return Array.from({ length: this.stackHeight }, (_, index) =>
      this.stackItem(this.stackHeight - 1 - index),
    );
  }

  memory(): Uint8Array {
    return this.#engine.memory.copy(this.#memoryAt, this.memorySize);
  }

  memorySlice(offset: bigint, size: bigint): Uint8Array {
    const slice = new Uint8Array(Number(size));
    if (size > 0n && offset < BigInt(this.memorySize)) {
      const from = Number(offset);
      const end = Math.min(from + slice.length, this.memorySize);
      slice.set(this.#engine.memory.copy(this.#memoryAt + from, end - from));
    }
    return slice;
  }

  get returnDataSize(): number {
    return this.#engine.core.returnDataLength();
  }

  returnData(): Uint8Array {
    const { core, memory } = this.#engine;
    return memory.copy(core.returnDataAt(), this.returnDataSize);
  }

  refund(): bigint {
    return BigInt(this.#engine.core.refundCounter());
  }
}
