export { HttpDouble } from "./HttpDouble.ts";
export { KmsServer } from "./KmsServer.ts";
export { VaultServer } from "./VaultServer.ts";
export { Web3SignerServer } from "./Web3SignerServer.ts";
