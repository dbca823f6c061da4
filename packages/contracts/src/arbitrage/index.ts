export { ArbitrageurProbe } from "../../generated/ArbitrageurProbe.ts";
export { DETERMINISTIC_DEPLOYER_ADDRESS } from "../addresses.ts";
export { Arbitrageur, arbitrageurAddress, arbitrageurDeployment } from "./arbitrageurDeployment.ts";
export { create2Address, pairAddressV2, poolAddressV3 } from "./create2.ts";
export { decodeRoute } from "./decodeRoute.ts";
export { encodeExecute, encodeRoute, HOPS_MAX, routeInIsolation } from "./encodeRoute.ts";
export { arbitrageContractErrors } from "./errors.ts";
export { HOP_KINDS, type HopKind, LENDERS, type Route, type RouteHop, type RouteLender } from "./Route.ts";
