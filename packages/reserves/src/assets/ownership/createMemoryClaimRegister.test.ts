import { createMemoryClaimRegister } from "./createMemoryClaimRegister.ts";
import { claimRegisterSuite } from "./fixtures/claimRegisterSuite.ts";

claimRegisterSuite("memory", async () => createMemoryClaimRegister());
