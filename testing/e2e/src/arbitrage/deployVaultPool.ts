import type { Hex } from "@trellis/base";
import { balancerArtifact, joinRequest, TOKENS } from "@trellis/market";
import type { TradedMarket } from "./openTradedMarket.ts";
import { call, mint, placed } from "./placed.ts";
import { sendAll } from "./sendAll.ts";

const UNIT = 10n ** 18n;
const NOBODY: Hex = `0x${"00".repeat(19)}01`;
const FEE = UNIT / 1_000n;

export interface DeployedPool {
  readonly pool: Hex;
  openGap(amount: bigint): Promise<void>;
}

export interface DeployedVaultPool extends DeployedPool {
  readonly vault: Hex;
  readonly factory: Hex;
}

export async function deployVaultPool(
  { client, trader, market: { base, other } }: TradedMarket,
  depth: bigint,
): Promise<DeployedVaultPool> {
  const [vaultCode, factoryCode] = [balancerArtifact("Vault"), balancerArtifact("WeightedPoolFactory")];
  const vault = placed(vaultCode.abi, vaultCode.bytecode, [NOBODY, NOBODY, 0n, 0n]);
  const factory = placed(factoryCode.abi, factoryCode.bytecode, [vault.address]);
  const tokens = [base, other].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const create = ["Weighted", "W", tokens, [UNIT / 2n, UNIT / 2n], FEE, NOBODY];
  await sendAll(client, trader, [
    vault.deployment,
    factory.deployment,
    call(factory.address, factoryCode.abi, "create", create),
    ...tokens.flatMap((token) => [
      mint(token, trader.address, 10n * depth),
      call(token, TOKENS.PlainToken.abi, "approve", [vault.address, 10n * depth]),
    ]),
  ]);
  const head = (await client.block("latest"))!;
  const [created] = await client.logs({
    address: factory.address,
    topics: [],
    fromHeight: 0,
    toHeight: head.height,
  });
  const pool: Hex = `0x${created!.topics[1]!.slice(-40)}`;
  const getId = call(pool, balancerArtifact("WeightedPool").abi, "getPoolId", []);
  const poolId = await client.call(pool, getId.data, head.hash);
  const atVault = (method: string, ...args: readonly unknown[]) =>
    call(vault.address, vaultCode.abi, method, args);
  const request = joinRequest(tokens.map((token) => [token, depth]));
  await sendAll(client, trader, [atVault("joinPool", poolId, trader.address, trader.address, request)]);
  return {
    vault: vault.address,
    factory: factory.address,
    pool,
    openGap(amount) {
      const swap = { poolId, kind: 0, assetIn: base, assetOut: other, amount, userData: "0x" };
      const self = { sender: trader.address, recipient: trader.address };
      const funds = { ...self, fromInternalBalance: false, toInternalBalance: false };
      return sendAll(client, trader, [atVault("swap", swap, funds, 0n, 2n ** 40n)]);
    },
  };
}
