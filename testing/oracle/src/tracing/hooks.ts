import type { Address, Json } from "@trellis/protocol";
import type { OracleState } from "../state/OracleState.ts";

/** One instruction before it runs, as geth's OnOpcode shows it. */
export interface Step {
  readonly pc: number;
  readonly opcode: number;
  readonly gas: bigint;
  /** Static and dynamic; with what a call passes on. */
  readonly cost: bigint;
  /** See `refusedGas`. */
  readonly refusedGas: bigint | undefined;
  /** What a call passes on, without its stipend. */
  readonly passedOn: bigint;
  /** From 1. */
  readonly depth: number;
  readonly address: Address;
  /** The top is last. */
  readonly stack: readonly bigint[];
  /** Before the instruction extends it. */
  readonly memory: Uint8Array;
  /** What the last call of this frame returned. */
  readonly returnData: Uint8Array;
  readonly refund: bigint;
}

/** A frame that begins: geth's OnEnter. */
export interface FrameStart {
  /** CALL, CALLCODE, DELEGATECALL, STATICCALL, CREATE, CREATE2, SELFDESTRUCT */
  readonly type: string;
  /** From 0. */
  readonly depth: number;
  readonly from: Address;
  /** undefined while a creation has no address yet. */
  readonly to: Address | undefined;
  readonly input: Uint8Array;
  readonly gas: bigint;
  /** undefined for STATICCALL. */
  readonly value: bigint | undefined;
}

/** A frame that ends: geth's OnExit. */
export interface FrameEnd {
  readonly depth: number;
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  /** In geth's words. */
  readonly failure: string | undefined;
  /** The last step was refused by the stack's or the gas's check, so it did not begin to run. */
  readonly isLastStepRefused: boolean;
  /** What a successful creation made. */
  readonly created: Address | undefined;
}

/** What a tracer listens to, in geth's order. */
export interface TraceHooks {
  onEnter?(frame: FrameStart): void;
  onStep?(step: Step): void;
  onExit?(frame: FrameEnd): void;
}

/** The transaction or call that is traced, before it changed anything. */
export interface Traced {
  readonly state: OracleState;
  readonly from: Address;
  /** Where a creation will put its contract, else the recipient. */
  readonly to: Address;
  readonly isCreation: boolean;
  readonly gasLimit: bigint;
  /** COINBASE and, if it is another, who gets the tip. */
  readonly beneficiaries: readonly Address[];
}

export interface Tracer {
  readonly hooks: TraceHooks;
  /** Once the transaction is over, fees and refunds included. */
  result(gasUsed: bigint): Json;
}

export const REVERTED = "execution reverted";

/** Memory as an instruction sees it: zeros behind its end. */
export function memorySlice(memory: Uint8Array, offset: bigint, size: bigint): Uint8Array {
  const slice = new Uint8Array(Number(size));
  if (offset < memory.length) slice.set(memory.subarray(Number(offset), Number(offset + size)));
  return slice;
}

/** The last 20 bytes of a word. */
export function wordToAddress(word: bigint): Address {
  return `0x${BigInt.asUintN(160, word).toString(16).padStart(40, "0")}`;
}

export function wordToHash(word: bigint): Address {
  return `0x${word.toString(16).padStart(64, "0")}`;
}
