import { anchorStoreSuite } from "./fixtures/anchorStoreSuite.ts";
import { createMemoryAnchorStore } from "./fixtures/createMemoryAnchorStore.ts";

anchorStoreSuite("memory", async () => createMemoryAnchorStore());
