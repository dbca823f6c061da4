import type { Address } from "@trellis/protocol";

/** Before it runs. Only valid during the hook. */
export interface Step {
  readonly pc: number;
  readonly opcode: number;
  readonly gas: bigint;
  /** From 1. */
  readonly depth: number;
  /** Account whose storage the frame uses. */
  readonly address: Address;
  readonly stackHeight: number;
  /** From the top (0), below `stackHeight`. */
  stackItem(index: number): bigint;
  /** From the bottom. */
  stack(): bigint[];
  memory(): Uint8Array;
  readonly memorySize: number;
  /** Zero-padded. */
  memorySlice(offset: bigint, size: bigint): Uint8Array;
  /** Return data of the frame's last call. */
  returnData(): Uint8Array;
  readonly returnDataSize: number;
  refund(): bigint;
}

/** Called before the value transfer and the creation. */
export interface FrameStart {
  readonly type: "CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL" | "CREATE" | "CREATE2" | "SELFDESTRUCT";
  /** From 0. */
  readonly depth: number;
  readonly from: Address;
  /** Code that runs; undefined when a creation has no address. */
  readonly to: Address | undefined;
  /** Copied; only valid during the hook. */
  readonly input: Uint8Array;
  readonly gas: bigint;
  /** undefined for STATICCALL. */
  readonly value: bigint | undefined;
}

export interface FrameEnd {
  readonly depth: number;
  /** Copied; only valid during the hook. */
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  /** geth's message. */
  readonly failure: string | undefined;
  /** By the stack or gas check. */
  readonly isLastStepRefused: boolean;
}

/** geth's order. Throwing ends the execution. */
export interface TraceHooks {
  onEnter?(frame: FrameStart): void;
  onStep?(step: Step): void;
  /** Includes gas passed to a call. */
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
