import { expect, it } from "vitest";
import { createEngine } from "../createEvm.ts";
import { MAP } from "../engine/memoryMap.ts";
import { code, random } from "../testing/testState.ts";
import { compileCode } from "./compileCode.ts";

it("EVM-21.2: compiles first what the interpreter has reached", () => {
  const { memory } = createEngine({ random });
  const opcodes = Uint32Array.from({ length: 256 }, (_, opcode) => memory.u32(MAP.OPCODES + 4 * opcode));
  const [short, long] = [2, 5];
  // CALLDATASIZE, JUMP; a destination that stops; one that adds to CALLDATASIZE 50 times
  const contract = code("3656", "5b5f00", "5b36", "3601".repeat(50), "00");
  const sizeWith = (reached: number, bytesMax: number): number =>
    compileCode(contract, { opcodes, destinations: 0, bytesMax, isReached: (pc) => pc === reached }).module
      .length;
  const all = 1 << 20;
  expect(sizeWith(long, all)).toBe(sizeWith(short, all));
  // The start and one destination fit.
  const little = 200;
  expect(sizeWith(short, little)).toBeLessThan(sizeWith(long, little));
  expect(sizeWith(long, little)).toBeLessThan(sizeWith(long, all));
});
