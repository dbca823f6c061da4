import type { Address, Json } from "@trellis/protocol";
import type { OracleState } from "../state/OracleState.ts";

/** geth's OnOpcode, before the instruction runs. */
export interface Step {
  readonly pc: number;
  readonly opcode: number;
  readonly gas: bigint;
  /** Includes gas that is passed to a call. */
  readonly cost: bigint;
  readonly refusedGas: bigint | undefined;
  readonly passedOn: bigint;
  /** Counts from 1. */
  readonly depth: number;
  readonly address: Address;
  /** Top of stack is last. */
  readonly stack: readonly bigint[];
  readonly memory: Uint8Array;
  readonly returnData: Uint8Array;
  readonly refund: bigint;
}

/** geth's OnEnter. */
export interface FrameStart {
  /** CALL, CALLCODE, DELEGATECALL, STATICCALL, CREATE, CREATE2, SELFDESTRUCT */
  readonly type: string;
  readonly depth: number;
  readonly from: Address;
  readonly to: Address | undefined;
  readonly input: Uint8Array;
  readonly gas: bigint;
  /** Undefined for STATICCALL. */
  readonly value: bigint | undefined;
}

/** geth's OnExit. */
export interface FrameEnd {
  readonly depth: number;
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  readonly failure: string | undefined;
  readonly isLastStepRefused: boolean;
  readonly created: Address | undefined;
}

export interface TraceHooks {
  onEnter?(frame: FrameStart): void;
  onStep?(step: Step): void;
  onExit?(frame: FrameEnd): void;
}

export interface Traced {
  readonly state: OracleState;
  readonly from: Address;
  readonly to: Address;
  readonly isCreation: boolean;
  readonly gasLimit: bigint;
  /** COINBASE and the recipient of the tip. */
  readonly beneficiaries: readonly Address[];
  /** Of the transaction's authorizations (EIP-7702). */
  readonly authorities: readonly Address[];
}

export interface Tracer {
  readonly hooks: TraceHooks;
  result(gasUsed: bigint): Json;
}

export const REVERTED = "execution reverted";

export function memorySlice(memory: Uint8Array, offset: bigint, size: bigint): Uint8Array {
  const slice = new Uint8Array(Number(size));
  if (offset < memory.length) slice.set(memory.subarray(Number(offset), Number(offset + size)));
  return slice;
}

export function wordToAddress(word: bigint): Address {
  return `0x${BigInt.asUintN(160, word).toString(16).padStart(40, "0")}`;
}

export function wordToHash(word: bigint): Address {
  return `0x${word.toString(16).padStart(64, "0")}`;
}
