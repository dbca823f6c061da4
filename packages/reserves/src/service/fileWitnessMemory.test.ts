import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PowerLoss } from "@trellis/kit/powerLoss";
import { expect, it } from "vitest";
import { fileWitnessMemory } from "./fileWitnessMemory.ts";

it("the last head seen by a witness survives a power loss", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trellis-witness-"));
  const disk = await PowerLoss.watch(folder);
  try {
    const memory = fileWitnessMemory(join(folder, "witness.json"));
    for (const size of [1, 2, 3]) {
      const before = await memory.read("example.com/log");
      const after = { size, root: new Uint8Array(32).fill(size) };
      expect(await memory.replace("example.com/log", before, after)).toBe(true);
      disk.cut();
      expect(await memory.read("example.com/log")).toEqual(after);
    }
  } finally {
    disk.end();
    rmSync(folder, { recursive: true });
  }
});
