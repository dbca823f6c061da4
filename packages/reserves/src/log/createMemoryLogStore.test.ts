import { createMemoryLogStore } from "./fixtures/createMemoryLogStore.ts";
import { logStoreSuite } from "./fixtures/logStoreSuite.ts";

logStoreSuite("memory", async () => createMemoryLogStore());
