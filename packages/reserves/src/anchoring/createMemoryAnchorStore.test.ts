import { createMemoryAnchorStore } from "./createMemoryAnchorStore.ts";
import { anchorStoreSuite } from "./fixtures/anchorStoreSuite.ts";

anchorStoreSuite("memory", async () => createMemoryAnchorStore());
