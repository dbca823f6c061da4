import { hexToBytes } from "@trellis/base";
import { constructAtGenesis } from "@trellis/contracts";
import {
  type ConstructAccounts,
  type Construction,
  decodeTransaction,
  type GenesisAccount,
  type NetworkParameters,
} from "@trellis/protocol";
import { PERMIT2, PRESIGNED_DEPLOYMENTS } from "./deployments.ts";

/** Contracts that tools expect at the same address on every chain. */
export function predeployedAccounts(
  network: NetworkParameters,
  construct: ConstructAccounts,
): readonly GenesisAccount[] {
  const presigned = PRESIGNED_DEPLOYMENTS.map(({ address, transaction }): Construction => {
    const { data } = decodeTransaction(hexToBytes(transaction), { allowUnprotected: true });
    return { address, initCode: data, value: 0n };
  });
  const permit2 = { address: PERMIT2.address, initCode: hexToBytes(PERMIT2.initCode), value: 0n };
  return constructAtGenesis(network, construct, [...presigned, permit2]).accounts;
}
