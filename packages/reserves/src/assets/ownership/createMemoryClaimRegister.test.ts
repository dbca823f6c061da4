import { claimRegisterSuite } from "./fixtures/claimRegisterSuite.ts";
import { createMemoryClaimRegister } from "./fixtures/createMemoryClaimRegister.ts";

claimRegisterSuite("memory", async () => createMemoryClaimRegister());
