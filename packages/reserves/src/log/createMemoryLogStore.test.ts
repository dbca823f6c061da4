import { createMemoryLogStore } from "./testing/createMemoryLogStore.ts";
import { logStoreSuite } from "./testing/logStoreSuite.ts";

logStoreSuite("memory", async () => createMemoryLogStore());
