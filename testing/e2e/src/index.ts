export { type CompiledContract, compileContract } from "./compileContracts.ts";
export { openBrowser } from "./console/openBrowser.ts";
export {
  type Devnet,
  type DevnetOptions,
  type Served,
  startDevnet,
  startNode,
  startTrellis,
} from "./startDevnet.ts";
