import { describeDatabases } from "@trellis/kit/databases";
import { createMemorySlotStore } from "./createMemorySlotStore.ts";
import { slotStoreSuite } from "./fixtures/slotStoreSuite.ts";
import { openSlotStore } from "./openSlotStore.ts";

slotStoreSuite("memory", async () => createMemorySlotStore());

describeDatabases("slot store", (under) => {
  let count = 0;
  slotStoreSuite("database", () => openSlotStore(under.database(), `7331/${count++}`));
});
