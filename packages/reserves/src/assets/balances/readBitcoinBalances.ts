import { bytesToHex } from "@trellis/base";
import {
  agree,
  agreedHash,
  type BlockReference,
  checkQuorum,
  clientErrors,
  type Dissent,
} from "@trellis/client";
import { addressToScript, type BitcoinNetwork, normalizeBitcoinAddress } from "../bitcoin/address.ts";
import { assetsErrors } from "../errors.ts";
import type { BitcoinView } from "./BitcoinView.ts";
import type { BalancesRequest } from "./readBalances.ts";

export interface BitcoinBalancesRequest extends Pick<BalancesRequest, "block" | "quorum"> {
  readonly network: BitcoinNetwork;
  readonly addresses: readonly string[];
}

export interface BitcoinBalancesReport {
  readonly block: BlockReference;
  /** In the order of the addresses, which are in their one form. */
  readonly balances: readonly { readonly address: string; readonly amountSat: bigint }[];
  readonly dissent: readonly Dissent[];
}

/**
 * Reads what Bitcoin addresses hold at one block from several nodes that must agree.
 * @throws QUORUM_INVALID, BITCOIN_ADDRESS_INVALID, NODES_TOO_FEW, NODES_DISAGREE, BLOCK_REORGANISED
 */
export async function readBitcoinBalances(
  views: readonly BitcoinView[],
  request: BitcoinBalancesRequest,
): Promise<BitcoinBalancesReport> {
  const { network, quorum } = request;
  checkQuorum(views, quorum);
  const addresses = request.addresses.map((address) => normalizeBitcoinAddress(address, network));
  const scripts = addresses.map((address) => bytesToHex(addressToScript(address, network)));
  const start = await agreedHash(views, request);
  const block = { height: request.block.height, hash: start.value };
  if (request.block.hash !== undefined && block.hash !== request.block.hash)
    throw assetsErrors.BLOCK_REORGANISED({ height: block.height, was: request.block.hash, is: block.hash });

  const ask = async (view: BitcoinView): Promise<readonly bigint[]> => {
    const amounts = await view.balancesSat(scripts, block);
    if (amounts.length !== scripts.length)
      throw clientErrors.NODE_ANSWER_INVALID({ node: view.name, expected: "an amount an address" });
    return amounts;
  };
  const question = `balances of ${addresses.length} addresses`;
  const { value, dissent } = await agree(views, quorum, question, ask, (amounts) => amounts.join());
  const end = await agreedHash(views, request);
  if (end.value !== block.hash)
    throw assetsErrors.BLOCK_REORGANISED({ height: block.height, was: block.hash, is: end.value });
  return {
    block,
    balances: addresses.map((address, index) => ({ address, amountSat: value[index] ?? 0n })),
    dissent: [...start.dissent, ...dissent, ...end.dissent],
  };
}
