import { createRequire } from "node:module";
import type { Hex } from "@trellis/base";
import { type Abi, encodeAbiParameters } from "viem";
import type { EvmContract } from "./EvmChain.ts";
import type { Market } from "./openMarket.ts";

const require = createRequire(import.meta.url);

/** Balancer's second vault and its first factory of weighted pools as the mainnet has them, by their npm package. */
export function balancerArtifact(name: "Vault" | "WeightedPoolFactory" | "WeightedPool"): {
  readonly abi: Abi;
  readonly bytecode: Hex;
} {
  const folder = name === "WeightedPool" ? "extra-abis" : "deployed/mainnet";
  return require(`@balancer-labs/v2-deployments/${folder}/${name}.json`) as {
    readonly abi: Abi;
    readonly bytecode: Hex;
  };
}

/** A real vault and factory on a market's chain. */
export interface Balancer {
  readonly vault: EvmContract;
  readonly factory: EvmContract;
  /** A pool of the factory with these tokens, and nothing in it. @param fee of 18 decimals */
  create(fee: bigint, tokens: readonly EvmContract[], weights: readonly bigint[]): EvmContract;
  /** Gives the first liquidity to a pool. */
  fill(pool: EvmContract, stock: readonly (readonly [token: EvmContract, amount: bigint])[]): void;
}

/** Nobody's: who could pause the vault. */
const NOBODY: Hex = `0x${"00".repeat(19)}01`;
/** The kind of a join that begins a weighted pool. */
const JOIN_INIT = 0n;

export function openBalancer({ chain, admin }: Pick<Market, "chain" | "admin">): Balancer {
  const [vaultArtifact, factoryArtifact] = [
    balancerArtifact("Vault"),
    balancerArtifact("WeightedPoolFactory"),
  ];
  const vault = chain.deploy(vaultArtifact.abi, vaultArtifact.bytecode, [NOBODY, NOBODY, 0n, 0n], admin);
  const factory = chain.deploy(factoryArtifact.abi, factoryArtifact.bytecode, [vault.address], admin);
  return {
    vault,
    factory,
    create(fee, tokens, weights) {
      const args = ["Weighted", "W", tokens.map(({ address }) => address), weights, fee, admin];
      const address = factory.do(admin, "create", args).output;
      return chain.at(balancerArtifact("WeightedPool").abi, `0x${address.slice(-40)}`);
    },
    fill(pool, stock) {
      for (const [token, amount] of stock) {
        token.do(admin, "mint", [admin, amount]);
        token.do(admin, "approve", [vault.address, amount]);
      }
      const assets = stock.map(([{ address }]) => address);
      const amounts = stock.map(([, amount]) => amount);
      const userData = encodeAbiParameters(
        [{ type: "uint256" }, { type: "uint256[]" }],
        [JOIN_INIT, amounts],
      );
      const request = { assets, maxAmountsIn: amounts, userData, fromInternalBalance: false };
      vault.do(admin, "joinPool", [pool.view("getPoolId"), admin, admin, request]);
    },
  };
}
