import { claimRegisterSuite } from "./testing/claimRegisterSuite.ts";
import { createMemoryClaimRegister } from "./testing/createMemoryClaimRegister.ts";

claimRegisterSuite("memory", async () => createMemoryClaimRegister());
