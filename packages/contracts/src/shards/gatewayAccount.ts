import { bigintToBytes, bytesToHex, hexToBytes } from "@trellis/base";
import { type GenesisAccount, type NetworkParameters, shardCount } from "@trellis/protocol";
import { ShardGateway } from "../../generated/ShardGateway.ts";
import { SHARD_GATEWAY_ADDRESS } from "../addresses.ts";
import type { Place } from "../storage/slots.ts";
import { GATEWAY_LAYOUT } from "./layout.ts";

/** None in a network with one shard. [SHARD-3] */
export function gatewayAccounts(network: NetworkParameters, shard: number): GenesisAccount[] {
  const { shards } = network;
  if (shards === undefined) return [];
  const values: readonly (readonly [Place, number])[] = [
    [GATEWAY_LAYOUT.shard, shard],
    [GATEWAY_LAYOUT.shards, shardCount(network)],
    [GATEWAY_LAYOUT.queueMax, shards.queueMax],
    [GATEWAY_LAYOUT.lifetimeSeconds, shards.lifetimeSeconds],
  ];
  const word = values.reduce((sum, [{ offset }, value]) => sum + (BigInt(value) << BigInt(offset * 8)), 0n);
  return [
    {
      address: SHARD_GATEWAY_ADDRESS,
      balance: 0n,
      nonce: 1n,
      code: hexToBytes(ShardGateway.runtimeBytecode),
      storage: new Map([[bytesToHex(bigintToBytes(GATEWAY_LAYOUT.shard.slot, 32)), word]]),
    },
  ];
}
