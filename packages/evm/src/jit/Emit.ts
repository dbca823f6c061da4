import type { FrameEmitter } from "./FrameEmitter.ts";
import type { Instruction } from "./Program.ts";
import type { State } from "./State.ts";

/** Emits one instruction that neither jumps nor ends the frame. `gasLeft`: static gas of the rest of its segment. */
export type Emit = (f: FrameEmitter, state: State, instruction: Instruction, gasLeft: number) => void;

/** By the opcode's name (tracing/opcodes.ts). */
export type Emitters = Readonly<Record<string, Emit>>;
