import { describeDatabases } from "@trellis/kit/databases";
import { createMemoryNonceSlotStore } from "./createMemoryNonceSlotStore.ts";
import { nonceSlotStoreSuite } from "./fixtures/nonceSlotStoreSuite.ts";
import { openNonceSlotStore } from "./openNonceSlotStore.ts";

nonceSlotStoreSuite("memory", async () => createMemoryNonceSlotStore());

describeDatabases("slot store", (under) => {
  let count = 0;
  nonceSlotStoreSuite("database", () => openNonceSlotStore(under.database(), `7331/${count++}`));
});
