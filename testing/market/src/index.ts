export { CONTRACTS, TOKENS } from "./contracts.ts";
export { EvmChain, EvmContract, type SendOptions, type Sent } from "./EvmChain.ts";
export { type Balancer, balancerArtifact, joinRequest, openBalancer } from "./openBalancer.ts";
export { type Market, openMarket, type Stock, type TokenKind, uniswapArtifact } from "./openMarket.ts";
