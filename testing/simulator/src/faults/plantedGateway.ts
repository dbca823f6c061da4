import { readFileSync } from "node:fs";
import { hexToBytes } from "@trellis/base";
import { SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import type { GenesisAccount, NetworkParameters } from "@trellis/protocol";
import { simulatorErrors } from "../errors.ts";
import type { Plant } from "./plants.ts";

const SOURCES = new URL("../../../../packages/contracts/solidity/", import.meta.url);

/** What each defect replaces in the gateway's source. */
const CHANGES: Partial<Record<Plant, readonly (readonly [string, string])[]>> = {
  // SHARD-12.2 compares a message's index with the counter, too.
  "inbox unchecked": [
    ["message.index != next || next >= known", "next > known"],
    ["inbox.next = next + 1;", ""],
  ],
  "refund lost": [["_refund(message, id);", "{}"]],
};

interface Compiled {
  readonly contracts: Record<string, Record<string, { evm: { deployedBytecode: { object: string } } }>>;
}

/** Undefined if the defect is not in the gateway. */
export async function plantedGateway(plant: Plant | undefined): Promise<Uint8Array | undefined> {
  const changes = plant && CHANGES[plant];
  if (changes === undefined) return undefined;
  let planted = readFileSync(new URL("ShardGateway.sol", SOURCES), "utf8");
  for (const [sound, defect] of changes) {
    if (!planted.includes(sound)) throw simulatorErrors.SIMULATION_OPTION_INVALID({ plant, missing: sound });
    planted = planted.replace(sound, defect);
  }
  // Imported on demand, because solc is nine megabytes.
  const { default: solc } = await import("solc");
  const input = {
    language: "Solidity",
    sources: {
      "ShardGateway.sol": { content: planted },
      "SystemAddresses.sol": { content: readFileSync(new URL("SystemAddresses.sol", SOURCES), "utf8") },
    },
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { "*": { ShardGateway: ["evm.deployedBytecode.object"] } },
    },
  };
  const { contracts } = JSON.parse(solc.compile(JSON.stringify(input))) as Compiled;
  return hexToBytes(`0x${contracts["ShardGateway.sol"]!.ShardGateway!.evm.deployedBytecode.object}`);
}

export function withGatewayCode(network: NetworkParameters, code: Uint8Array): NetworkParameters {
  const changed = (accounts: readonly GenesisAccount[]): GenesisAccount[] =>
    accounts.map((account) => (account.address === SHARD_GATEWAY_ADDRESS ? { ...account, code } : account));
  const { genesis, shards } = network;
  const others = shards!.others.map((other) => ({
    ...other,
    genesis: { ...other.genesis, accounts: changed(other.genesis.accounts) },
  }));
  return {
    ...network,
    genesis: { ...genesis, accounts: changed(genesis.accounts) },
    shards: { ...shards!, others },
  };
}
