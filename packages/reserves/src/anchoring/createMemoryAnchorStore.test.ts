import { anchorStoreSuite } from "./testing/anchorStoreSuite.ts";
import { createMemoryAnchorStore } from "./testing/createMemoryAnchorStore.ts";

anchorStoreSuite("memory", async () => createMemoryAnchorStore());
