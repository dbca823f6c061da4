export { type CompiledContract, compileContract } from "./compileContracts.ts";
export { type Devnet, type DevnetOptions, startDevnet } from "./startDevnet.ts";
