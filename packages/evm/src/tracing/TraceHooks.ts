import type { Address } from "@trellis/protocol";

/** One instruction before it runs. What it reads is only there during the hook. */
export interface Step {
  readonly pc: number;
  readonly opcode: number;
  readonly gas: bigint;
  /** From 1. */
  readonly depth: number;
  /** Whose storage the frame works on. */
  readonly address: Address;
  readonly stackHeight: number;
  /** Counted from the top, which is 0. Must be below `stackHeight`. */
  stackItem(index: number): bigint;
  /** From the bottom. */
  stack(): bigint[];
  memory(): Uint8Array;
  readonly memorySize: number;
  /** Zeros behind the end. */
  memorySlice(offset: bigint, size: bigint): Uint8Array;
  /** What the last call of this frame returned. */
  returnData(): Uint8Array;
  readonly returnDataSize: number;
  refund(): bigint;
}

/** A frame that begins. Its value is not yet transferred, its account not yet created. */
export interface FrameStart {
  readonly type: "CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL" | "CREATE" | "CREATE2" | "SELFDESTRUCT";
  /** From 0. */
  readonly depth: number;
  readonly from: Address;
  /** Whose code runs; undefined when a creation got no address. */
  readonly to: Address | undefined;
  /** A copy each time, and only there during the hook. */
  readonly input: Uint8Array;
  readonly gas: bigint;
  /** undefined for STATICCALL. */
  readonly value: bigint | undefined;
}

export interface FrameEnd {
  readonly depth: number;
  /** A copy each time, and only there during the hook. */
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  /** In geth's words. */
  readonly failure: string | undefined;
  /** The last step was refused by the check of stack or gas, so it did not begin to run. */
  readonly isLastStepRefused: boolean;
}

/** What a tracer listens to, in geth's order. A hook that throws ends the execution. */
export interface TraceHooks {
  onEnter?(frame: FrameStart): void;
  onStep?(step: Step): void;
  /** The step that was last in its frame has run: what it cost, with what a call passes on, and the refund counter. */
  onStepCost?(cost: bigint, refund: bigint): void;
  onExit?(frame: FrameEnd): void;
}

export const REVERTED = "execution reverted";

/** The last 20 bytes of a word. */
export function wordToAddress(word: bigint): Address {
  return `0x${BigInt.asUintN(160, word).toString(16).padStart(40, "0")}`;
}

export function wordToHash(word: bigint): `0x${string}` {
  return `0x${word.toString(16).padStart(64, "0")}`;
}
