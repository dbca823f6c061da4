import { readFileSync } from "node:fs";
import { type Address, concatHex, encodeAbiParameters, getCreate2Address, type Hex, zeroHash } from "viem";
import { compileSource } from "../compileContracts.ts";
import { eventually } from "../eventually.ts";
import type { ShardClient } from "./ShardClient.ts";

const GUIDE = new URL("../../../../docs/guides/shards.md", import.meta.url);
const CREATE2_PROXY: Address = "0x4e59b44847b379578588920ca78fbf26c0b4956c";
/** Has the same code in all shards, hence the same address, and its supply in one of them. */
const SUPPLIED = `
contract SuppliedToken is ShardToken {
    constructor(uint256 home, address holder, uint256 supply) {
        if (block.chainid == home) _mint(holder, supply);
    }
}`;

/** The guide's contract. */
export function shardTokenSource(): string {
  const [, source = ""] = /^```solidity\n(.*?)^```$/ms.exec(readFileSync(GUIDE, "utf8"))!;
  return source;
}

/** The guide's token, deployed on all given shards. */
export class ShardToken {
  readonly address: Address;
  readonly abi: Awaited<ReturnType<typeof compileSource>>["abi"];

  private constructor(address: Address, abi: ShardToken["abi"]) {
    this.address = address;
    this.abi = abi;
  }

  /** The first shard's account gets the supply. */
  static async deploy(shards: readonly ShardClient[], supply: bigint): Promise<ShardToken> {
    const [home] = shards as [ShardClient];
    const { abi, bytecode } = await compileSource("SuppliedToken", shardTokenSource() + SUPPLIED);
    const types = [{ type: "uint256" }, { type: "address" }, { type: "uint256" }];
    const args = encodeAbiParameters(types, [BigInt(home.chainId), home.account.address, supply]);
    const code: Hex = concatHex([bytecode, args]);
    for (const { wallet, confirmed } of shards) {
      const data = concatHex([zeroHash, code]);
      await confirmed(await wallet.sendTransaction({ to: CREATE2_PROXY, data }));
    }
    const address = getCreate2Address({ from: CREATE2_PROXY, salt: zeroHash, bytecode: code });
    return new ShardToken(address, abi);
  }

  async move(from: ShardClient, destination: number, to: Address, amount: bigint): Promise<void> {
    const { address, abi } = this;
    const args = [destination, to, amount];
    await from.confirmed(
      await from.wallet.writeContract({ address, abi, functionName: "transferAcross", args }),
    );
  }

  balanceOf({ reader }: ShardClient, owner: Address): Promise<bigint> {
    const { address, abi } = this;
    return reader.readContract({ address, abi, functionName: "balanceOf", args: [owner] }) as Promise<bigint>;
  }

  async total(shards: readonly ShardClient[]): Promise<bigint> {
    const { address, abi } = this;
    const parts = await Promise.all(
      shards.map(({ reader }) => reader.readContract({ address, abi, functionName: "totalSupply" })),
    );
    return (parts as bigint[]).reduce((sum, part) => sum + part, 0n);
  }

  async arrives(shard: ShardClient, owner: Address, amount: bigint): Promise<void> {
    await eventually(async () => (await this.balanceOf(shard, owner)) === amount);
  }
}
