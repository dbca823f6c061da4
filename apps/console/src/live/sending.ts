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

export function useDevelopmentAccounts(): readonly Address[] | undefined {
  return useRpc<readonly Address[]>("eth_accounts").data;
}

interface Signed {
  readonly raw: Hex;
  readonly hash: Hex;
}

/** @returns a mutation whose `data` is the transaction hash @param sign default: the node signs */
export function useSend(sign: (request: SendRequest) => Promise<Signed> = signByNode) {
  const [mutationFn] = useState(() => createSending(sign));
  return useMutation<Hex, Error, SendRequest>({ mutationFn });
}

/**
 * After a lost response, an identical request resends the same signed transaction, which executes only once.
 */
export function createSending(
  sign: (request: SendRequest) => Promise<Signed> = signByNode,
): (request: SendRequest) => Promise<Hex> {
  let unanswered: (Signed & { readonly request: string }) | undefined;
  return async (fields) => {
    const request = JSON.stringify(fieldsOf(fields));
    const isAgain = unanswered?.request === request;
    const signed = isAgain ? unanswered! : { request, ...(await sign(fields)) };
    unanswered = signed;
    try {
      await node.request("eth_sendRawTransaction", [signed.raw]);
    } catch (error) {
      // The node refuses a transaction that is already in the mempool or a block.
      const isDone = isAgain && isRefusal(error) && (await isKnown(signed.hash));
      if (isRefusal(error)) unanswered = undefined;
      if (!isDone) throw error;
    }
    unanswered = undefined;
    return signed.hash;
  };
}

async function signByNode(request: SendRequest): Promise<Signed> {
  const { raw, tx } = await node.request<{ readonly raw: Hex; readonly tx: { readonly hash: Hex } }>(
    "eth_signTransaction",
    [fieldsOf(request)],
  );
  return { raw, hash: tx.hash };
}

function fieldsOf({ from, to, data, valueWei }: SendRequest) {
  return {
    from,
    to,
    ...(data === undefined ? {} : { data }),
    ...(valueWei === undefined ? {} : { value: `0x${valueWei.toString(16)}` }),
  };
}

async function isKnown(hash: Hex): Promise<boolean> {
  return (await node.request<object | null>("eth_getTransactionByHash", [hash])) !== null;
}

export function useBalances(accounts: readonly Address[]): readonly (bigint | undefined)[] {
  const answers = useQueries({
    queries: accounts.map((account) => ({
      queryKey: ["live", "eth_getBalance", [account, "latest"]],
      queryFn: () => node.request<Hex>("eth_getBalance", [account, "latest"]),
    })),
  });
  return answers.map(({ data }) => (data === undefined ? undefined : BigInt(data)));
}
