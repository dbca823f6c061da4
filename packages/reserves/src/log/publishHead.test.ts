import { describe, expect, it } from "vitest";
import { createTransparencyLog } from "./createTransparencyLog.ts";
import { publishHead } from "./publishHead.ts";
import { requireContinued } from "./requireContinued.ts";
import { createHeadSigner } from "./signers.ts";
import { createMemoryLogStore } from "./testing/createMemoryLogStore.ts";
import { createMemoryWitnessMemory } from "./testing/createMemoryWitnessMemory.ts";
import { verifyHead } from "./verifyHead.ts";

const ORIGIN = "example.com/reserves";
const signers = [createHeadSigner(ORIGIN, "ed25519", new Uint8Array(32).fill(1))];
const clock = { nowMs: () => 7 };

async function logOf(texts: readonly string[]) {
  const log = createTransparencyLog({ store: createMemoryLogStore() });
  await log.append(texts.map((text) => ({ type: "audit", body: { text } })));
  return log;
}

describe("publishing heads", () => {
  it("signs the empty log, a grown log, and the same head again", async () => {
    const memory = createMemoryWitnessMemory();
    const log = await logOf([]);
    for (const texts of [[], ["a", "b", "c"], ["d"], []]) {
      await log.append(texts.map((text) => ({ type: "audit", body: { text } })));
      const signed = await publishHead(ORIGIN, { log, memory, signers, clock });
      const head = verifyHead(signed, { origin: ORIGIN, logKeys: signers.map(({ key }) => key) });
      expect(head).toMatchObject({ size: await log.size(), timeMs: 7 });
    }
  });

  it.each([
    ["the later head has fewer entries", ["a", "b"]],
    ["one size with two roots", ["a", "b", "x"]],
    ["the proof does not lead to the earlier root", ["a", "b", "x", "d"]],
  ])(
    "LOG_ROLLED_BACK, LOG_INCONSISTENT %s: a storage restored from a backup and extended",
    async (reason, texts) => {
      const memory = createMemoryWitnessMemory();
      await publishHead(ORIGIN, { log: await logOf(["a", "b", "c"]), memory, signers, clock });
      const restored = await logOf(texts);
      const rolledBack = { code: "LOG_ROLLED_BACK", facts: { signedSize: 3, size: texts.length, reason } };
      await expect(publishHead(ORIGIN, { log: restored, memory, signers, clock })).rejects.toMatchObject(
        rolledBack,
      );
      await expect(requireContinued(ORIGIN, { log: restored, memory })).rejects.toMatchObject(rolledBack);
      expect(await memory.read(ORIGIN)).toMatchObject({ size: 3 });
    },
  );

  it("LOG_WITNESS_BEHIND: another process signed meanwhile", async () => {
    const memory = { read: async () => undefined, replace: async () => false };
    const log = await logOf(["a"]);
    await expect(publishHead(ORIGIN, { log, memory, signers, clock })).rejects.toMatchObject({
      code: "LOG_WITNESS_BEHIND",
    });
  });
});
