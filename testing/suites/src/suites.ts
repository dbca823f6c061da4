import { hardhatNetworkHelpers } from "./hardhatNetworkHelpers.ts";
import { openzeppelinContracts } from "./openzeppelinContracts.ts";
import type { Suite } from "./Suite.ts";
import { solmate } from "./solmate.ts";
import { uniswapV3Core } from "./uniswapV3Core.ts";

export const SUITES: readonly Suite[] = [
  hardhatNetworkHelpers,
  openzeppelinContracts,
  solmate,
  uniswapV3Core,
];
