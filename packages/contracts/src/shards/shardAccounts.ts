import { bigintToBytes, bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { type Address, type GenesisAccount, type NetworkParameters, shardCount } from "@trellis/protocol";
import { CrossLinks } from "../../generated/CrossLinks.ts";
import { ShardGateway } from "../../generated/ShardGateway.ts";
import { CROSS_LINKS_ADDRESS, SHARD_GATEWAY_ADDRESS } from "../addresses.ts";
import type { Place } from "../storage/slots.ts";
import { CROSS_LINKS_LAYOUT, GATEWAY_LAYOUT } from "./layout.ts";

type Values = readonly (readonly [Place, number])[];

/** None in a network with one shard. [SHARD-3] */
export function shardAccounts(network: NetworkParameters, shard: number): GenesisAccount[] {
  const { shards } = network;
  if (shards === undefined) return [];
  const count = shardCount(network);
  const gateway = contractOf(SHARD_GATEWAY_ADDRESS, ShardGateway.runtimeBytecode, [
    [GATEWAY_LAYOUT.shard, shard],
    [GATEWAY_LAYOUT.shards, count],
    [GATEWAY_LAYOUT.queueMax, shards.queueMax],
    [GATEWAY_LAYOUT.lifetimeSeconds, shards.lifetimeSeconds],
  ]);
  if (shard > 0) return [gateway];
  const records: Values = [[CROSS_LINKS_LAYOUT.shards, count]];
  return [gateway, contractOf(CROSS_LINKS_ADDRESS, CrossLinks.runtimeBytecode, records)];
}

/** @param values in slot 0 */
function contractOf(address: Address, code: Hex, values: Values): GenesisAccount {
  const word = values.reduce((sum, [{ offset }, value]) => sum + (BigInt(value) << BigInt(offset * 8)), 0n);
  const storage = new Map([[bytesToHex(bigintToBytes(0n, 32)), word]]);
  return { address, balance: 0n, nonce: 1n, code: hexToBytes(code), storage };
}
