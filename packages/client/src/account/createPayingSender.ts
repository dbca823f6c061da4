import type { Hex } from "@trellis/base";
import { formatEther } from "viem/utils";
import { clientErrors } from "../errors.ts";
import type { ChainClient } from "../evm/ChainClient.ts";
import { createSender, type Sender, type SenderOptions } from "../sending/createSender.ts";
import type { CallSigner } from "../sending/signCall.ts";
import { newestBalance } from "./readAccount.ts";

export function createPayingSender(
  options: SenderOptions,
  { client, signer }: { readonly client: ChainClient; readonly signer: CallSigner },
): Sender {
  const { address } = signer;
  const paying: ChainClient = {
    ...client,
    async estimateGas(call) {
      if (call.valueWei !== undefined) await requireFunds(client, address, call.valueWei);
      return client.estimateGas(call);
    },
  };
  return createSender(options, {
    client: paying,
    signer: {
      address,
      async signCall(call) {
        const prepared = await signer.signCall(call);
        await requireFunds(client, address, prepared.gasLimit * prepared.maxFeeWei + call.valueWei);
        return prepared;
      },
    },
  });
}

async function requireFunds(client: ChainClient, account: Hex, costWei: bigint): Promise<void> {
  const balanceWei = await newestBalance(client, account);
  if (balanceWei >= costWei) return;
  throw clientErrors.ACCOUNT_FUNDS_INSUFFICIENT({
    account,
    balanceCoins: formatEther(balanceWei),
    costCoins: formatEther(costWei),
  });
}
