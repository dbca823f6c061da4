import { describeDatabases } from "@trellis/kit/databases";
import { openNonceSlotStore } from "./openNonceSlotStore.ts";
import { createMemoryNonceSlotStore } from "./testing/createMemoryNonceSlotStore.ts";
import { nonceSlotStoreSuite } from "./testing/nonceSlotStoreSuite.ts";

nonceSlotStoreSuite("memory", async () => createMemoryNonceSlotStore());

describeDatabases("slot store", (under) => {
  let count = 0;
  nonceSlotStoreSuite("database", () => openNonceSlotStore(under.database(), `7331/${count++}`));
});
