export { DemoToken } from "../../generated/DemoToken.ts";
export { DETERMINISTIC_DEPLOYER_ADDRESS } from "../addresses.ts";
export {
  RESERVES_REGISTRY_ADDRESS,
  ReservesRegistry,
  reservesRegistryDeployment,
} from "./reservesRegistryDeployment.ts";
