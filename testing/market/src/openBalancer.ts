import { createRequire } from "node:module";
import type { Hex } from "@trellis/base";
import { type Abi, encodeAbiParameters } from "viem";
import type { EvmContract, Sent } from "./EvmChain.ts";
import type { Market } from "./openMarket.ts";

const require = createRequire(import.meta.url);

/** Mainnet artifact from the contracts' npm package. */
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

type Keep = (sent: Sent) => void;

export interface Balancer {
  readonly vault: EvmContract;
  readonly factory: EvmContract;
  /** @param fee 18 decimals @param tokens sorted @param weights 18 decimals */
  create(fee: bigint, tokens: readonly EvmContract[], weights: readonly bigint[], keep?: Keep): EvmContract;
  fill(
    pool: EvmContract,
    stock: readonly (readonly [token: EvmContract, amount: bigint])[],
    keep?: Keep,
  ): void;
}

/** Pause authority that nobody controls. */
const NOBODY: Hex = `0x${"00".repeat(19)}01`;
const JOIN_INIT = 0n;

export function openBalancer({ chain, admin }: Pick<Market, "chain" | "admin">): Balancer {
  const deploy = (name: "Vault" | "WeightedPoolFactory", args: readonly unknown[]): EvmContract => {
    const { abi, bytecode } = balancerArtifact(name);
    return chain.deploy(abi, bytecode, args, admin);
  };
  const vault = deploy("Vault", [NOBODY, NOBODY, 0n, 0n]);
  const factory = deploy("WeightedPoolFactory", [vault.address]);
  return {
    vault,
    factory,
    create(fee, tokens, weights, keep = () => {}) {
      const args = ["Weighted", "W", tokens.map(({ address }) => address), weights, fee, admin];
      const sent = factory.do(admin, "create", args);
      keep(sent);
      return chain.at(balancerArtifact("WeightedPool").abi, `0x${sent.output.slice(-40)}`);
    },
    fill(pool, stock, keep = () => {}) {
      for (const [token, amount] of stock) {
        token.do(admin, "mint", [admin, amount]);
        token.do(admin, "approve", [vault.address, amount]);
      }
      const request = joinRequest(stock.map(([{ address }, amount]) => [address, amount]));
      keep(vault.do(admin, "joinPool", [pool.view("getPoolId"), admin, admin, request]));
    },
  };
}

export function joinRequest(stock: readonly (readonly [token: Hex, amount: bigint])[]) {
  const amounts = stock.map(([, amount]) => amount);
  const userData = encodeAbiParameters([{ type: "uint256" }, { type: "uint256[]" }], [JOIN_INIT, amounts]);
  const assets = stock.map(([token]) => token);
  return { assets, maxAmountsIn: amounts, userData, fromInternalBalance: false };
}
