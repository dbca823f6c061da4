import type { Address } from "@trellis/protocol";

/** State before an instruction runs. Valid only during the hook. */
export interface Step {
  readonly pc: number;
  readonly opcode: number;
  readonly gas: bigint;
  readonly depth: number;
  readonly address: Address;
  readonly stackHeight: number;
  /** Index 0 is the top; must be below `stackHeight`. */
  stackItem(index: number): bigint;
  stack(): bigint[];
  memory(): Uint8Array;
  readonly memorySize: number;
  memorySlice(offset: bigint, size: bigint): Uint8Array;
  returnData(): Uint8Array;
  readonly returnDataSize: number;
  refund(): bigint;
}

/** Reported before the value transfer and the creation. */
export interface FrameStart {
  readonly type: "CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL" | "CREATE" | "CREATE2" | "SELFDESTRUCT";
  readonly depth: number;
  readonly from: Address;
  /** Undefined if a creation fails before it has an address. */
  readonly to: Address | undefined;
  /** Copied on access. Valid only during the hook. */
  readonly input: Uint8Array;
  readonly gas: bigint;
  readonly value: bigint | undefined;
}

export interface FrameEnd {
  readonly depth: number;
  /** Valid only during the hook. */
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  readonly failure: string | undefined;
  /** True if geth's stack or gas check rejects the last step before it runs. */
  readonly isLastStepRefused: boolean;
}

/** Called in geth's order. An exception ends the execution. */
export interface TraceHooks {
  onEnter?(frame: FrameStart): void;
  onStep?(step: Step): void;
  /** The cost includes gas passed to a call. */
  onStepCost?(cost: bigint, refund: bigint): void;
  onExit?(frame: FrameEnd): void;
}

export const REVERTED = "execution reverted";

export function wordToAddress(word: bigint): Address {
  return `0x${BigInt.asUintN(160, word).toString(16).padStart(40, "0")}`;
}

export function wordToHash(word: bigint): `0x${string}` {
  return `0x${word.toString(16).padStart(64, "0")}`;
}
