export { type CompiledContract, compileContract } from "./compileContracts.ts";
export {
  type Devnet,
  type DevnetOptions,
  type Served,
  startDevnet,
  startNode,
  startTrellis,
} from "./startDevnet.ts";
export { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";
