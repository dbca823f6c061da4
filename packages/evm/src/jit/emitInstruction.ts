import { opcodeInfo } from "../tracing/opcodes.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import type { Emitters } from "./Emit.ts";
import { ENVIRONMENT } from "./environment.ts";
import type { FrameEmitter } from "./FrameEmitter.ts";
import { MEMORY } from "./memory.ts";
import type { Instruction } from "./Program.ts";
import { constantValue, type State } from "./State.ts";
import { STORAGE } from "./storage.ts";

const EMITTERS: Emitters = {
  ...ARITHMETIC,
  ...ENVIRONMENT,
  ...MEMORY,
  ...STORAGE,
  POP: (_f, state) => {
    state.pop();
  },
  JUMPDEST: () => undefined,
};
const BY_OPCODE = Array.from({ length: 256 }, (_, opcode) => EMITTERS[opcodeInfo(opcode).name]);

export function emitInstruction(
  f: FrameEmitter,
  state: State,
  instruction: Instruction,
  gasLeft: number,
): void {
  const { opcode } = instruction;
  if (opcode >= 0x5f && opcode <= 0x7f) state.push(constantValue(instruction.constant));
  else if (opcode >= 0x80 && opcode <= 0x8f) state.duplicate(opcode - 0x7f);
  else if (opcode >= 0x90 && opcode <= 0x9f) state.swap(opcode - 0x8f);
  else BY_OPCODE[opcode]!(f, state, instruction, gasLeft);
}
