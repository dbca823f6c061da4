import { useMutation, useQueries } from "@tanstack/react-query";
import { useState } from "react";
import type { Address, Hex } from "viem";
import { isRefusal } from "../errors.ts";
import { node, useRpc } from "./node.ts";

export interface SendRequest {
  readonly from: Address;
  readonly to: Address;
  readonly data?: Hex;
  readonly valueWei?: bigint;
}

/** Accounts whose keys the node holds, and signs with for whoever reaches it: a development network's. */
export function useDevelopmentAccounts(): readonly Address[] | undefined {
  return useRpc<readonly Address[]>("eth_accounts").data;
}

/** Sends from an account of the node; `data` is the transaction's hash. Refusals are the node's. */
export function useSend() {
  const [mutationFn] = useState(createSending);
  return useMutation<Hex, Error, SendRequest>({ mutationFn });
}

interface Signed {
  readonly request: string;
  readonly raw: Hex;
  readonly hash: Hex;
}

/**
 * Has the node sign, and sends. Where the answer is lost, the same request sends the same signed transaction again,
 * so that it is done once.
 */
export function createSending(): (request: SendRequest) => Promise<Hex> {
  let unanswered: Signed | undefined;
  return async ({ from, to, data, valueWei }) => {
    const fields = {
      ...{ from, to },
      ...(data === undefined ? {} : { data }),
      ...(valueWei === undefined ? {} : { value: `0x${valueWei.toString(16)}` }),
    };
    const request = JSON.stringify(fields);
    const isAgain = unanswered?.request === request;
    const signed = isAgain ? unanswered! : { request, ...(await sign(fields)) };
    unanswered = signed;
    try {
      await node.request("eth_sendRawTransaction", [signed.raw]);
    } catch (error) {
      // One that was there already is refused: it is pooled, or in the chain.
      const isDone = isAgain && isRefusal(error) && (await isKnown(signed.hash));
      if (isRefusal(error)) unanswered = undefined;
      if (!isDone) throw error;
    }
    unanswered = undefined;
    return signed.hash;
  };
}

async function sign(fields: object): Promise<{ readonly raw: Hex; readonly hash: Hex }> {
  const { raw, tx } = await node.request<{ readonly raw: Hex; readonly tx: { readonly hash: Hex } }>(
    "eth_signTransaction",
    [fields],
  );
  return { raw, hash: tx.hash };
}

async function isKnown(hash: Hex): Promise<boolean> {
  return (await node.request<object | null>("eth_getTransactionByHash", [hash])) !== null;
}

/** What accounts have now, in wei; undefined while it is not known. */
export function useBalances(accounts: readonly Address[]): readonly (bigint | undefined)[] {
  const answers = useQueries({
    queries: accounts.map((account) => ({
      queryKey: ["live", "eth_getBalance", [account, "latest"]],
      queryFn: () => node.request<Hex>("eth_getBalance", [account, "latest"]),
    })),
  });
  return answers.map(({ data }) => (data === undefined ? undefined : BigInt(data)));
}
