import { keccak256 } from "@trellis/crypto";
import type { SimulationInput } from "../simulation/index.ts";

export function questionKey(question: readonly unknown[]): string {
  const text = JSON.stringify(question, (_, item: unknown) =>
    typeof item === "bigint" ? String(item) : item,
  );
  return Buffer.from(keccak256(Buffer.from(text))).toString("hex", 0, 16);
}

export function simulationKey({ block, afterSeconds, steps, watched }: SimulationInput): string {
  return questionKey([block.hash, afterSeconds, steps, watched]);
}
