import { useState } from "react";
import { type Address, decodeFunctionResult, encodeFunctionData, erc20Abi, type Hex } from "viem";
import { parseAddress, parseAmount, wrongOf } from "../../format/parse.ts";
import { useRpc } from "../../live/node.ts";
import { type SendRequest, useSend } from "../../live/sending.ts";
import { Form, TextField } from "../../ui/Form.tsx";
import { Card } from "../../ui/primitives.tsx";
import { SendOutcome } from "../../ui/Sending.tsx";
import type { OpenedProps } from "./OpenedProps.ts";

const COIN_DECIMALS = 18;

export function SendForm({ opened: { address: from }, account }: OpenedProps) {
  const [to, setTo] = useState("");
  const [amount, setAmount] = useState("");
  const [token, setToken] = useState("");
  const sending = useSend(({ to, data = "0x", valueWei = 0n }) => account.prepare({ to, data, valueWei }));
  const recipient = parseAddress(to);
  const contract = token.trim() === "" ? undefined : parseAddress(token);
  const address = contract !== undefined && "value" in contract ? contract.value : undefined;
  const { decimals, isLoading } = useDecimals(address);
  const units = parseAmount(amount, undefined, decimals ?? COIN_DECIMALS);
  const wrongToken =
    contract === undefined
      ? undefined
      : (wrongOf(contract) ?? (decimals === undefined && !isLoading ? "Not a token." : undefined));
  const wrongAmount =
    wrongOf(units) ?? ("value" in units && units.value === 0n ? "Enter an amount above 0." : undefined);
  const send = (): void => {
    if ("value" in recipient && "value" in units) {
      sending.mutate(requestOf(from, recipient.value, units.value, address));
    }
  };
  return (
    <Card title="Send">
      <Form
        label="Send"
        action="Send"
        isValid={"value" in recipient && wrongAmount === undefined && wrongToken === undefined}
        isSending={sending.isPending}
        isChecking={isLoading}
        onSubmit={send}
      >
        <TextField label="To" placeholder="0x…" value={to} onChange={setTo} wrong={wrongOf(recipient)} />
        <TextField
          label="Amount"
          unit={address === undefined ? "coins" : "tokens"}
          inputMode="decimal"
          value={amount}
          onChange={setAmount}
          wrong={wrongAmount}
        />
        <TextField
          label="Token"
          placeholder="0x…"
          hint="ERC-20 token address. Leave empty to send coins."
          value={token}
          onChange={setToken}
          wrong={wrongToken}
        />
      </Form>
      <SendOutcome sending={sending} abi={erc20Abi} />
    </Card>
  );
}

function useDecimals(token: Address | undefined): {
  readonly decimals?: number;
  readonly isLoading: boolean;
} {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: "decimals" });
  const { data: answer, isLoading } = useRpc<Hex>(
    "eth_call",
    [{ to: token, data }, "latest"],
    token !== undefined,
  );
  if (token === undefined || answer?.length !== 66) return { isLoading };
  const decimals = decodeFunctionResult({ abi: erc20Abi, functionName: "decimals", data: answer });
  return { decimals, isLoading };
}

function requestOf(from: Address, to: Address, units: bigint, token: Address | undefined): SendRequest {
  if (token === undefined) return { from, to, valueWei: units };
  const data = encodeFunctionData({ abi: erc20Abi, functionName: "transfer", args: [to, units] });
  return { from, to: token, data };
}
