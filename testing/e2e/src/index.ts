export { type CompiledContract, compileContract } from "./compileContracts.ts";
export { type Devnet, type DevnetOptions, startDevnet, startNode } from "./startDevnet.ts";
