import { createMemoryLogStore } from "./createMemoryLogStore.ts";
import { logStoreSuite } from "./fixtures/logStoreSuite.ts";

logStoreSuite("memory", async () => createMemoryLogStore());
