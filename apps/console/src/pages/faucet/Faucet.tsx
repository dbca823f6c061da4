import { useState } from "react";
import type { Address } from "viem";
import { parseAddress, parseAmount, wrongOf } from "../../format/parse.ts";
import { coinText } from "../../format/units.ts";
import { useRpc } from "../../live/node.ts";
import { useBalances, useSend } from "../../live/sending.ts";
import { Form, TextField } from "../../ui/Form.tsx";
import { Card } from "../../ui/primitives.tsx";
import { AccountField, SendOutcome } from "../../ui/Sending.tsx";
import { Answered, Empty } from "../../ui/states.tsx";

/** Amount reserved for the transfer's fee. */
const FEE_WEI_MAX = 10n ** 16n;

export function Faucet() {
  const accounts = useRpc<readonly Address[]>("eth_accounts");
  return (
    <>
      <h1>Faucet</h1>
      <Answered query={accounts} what="Loading development accounts">
        {(all) =>
          all.length === 0 ? (
            <Empty title="This network has no faucet">
              Only development networks have a faucet. Their nodes hold public test accounts.
            </Empty>
          ) : (
            <FaucetForm accounts={all} />
          )
        }
      </Answered>
    </>
  );
}

function FaucetForm({ accounts }: { readonly accounts: readonly Address[] }) {
  // The last account, because tests use the first ones.
  const [from, setFrom] = useState(accounts.at(-1)!);
  const [to, setTo] = useState("");
  const [amount, setAmount] = useState("10");
  const sending = useSend();
  const [balance] = useBalances([from]);
  const address = parseAddress(to);
  const wei = parseAmount(amount);
  const wrongAmount = wrongOf(wei) ?? tooMuch("value" in wei ? wei.value : 0n, balance);
  const send = (): void => {
    if ("value" in address && "value" in wei) {
      sending.mutate({ from, to: address.value, valueWei: wei.value });
    }
  };
  return (
    <Card title="Send test coins" aside={<span>no value, this network only</span>}>
      <p className="soft">The node sends the coins from a development account, whose key is public.</p>
      <Form
        label="Faucet"
        action="Send"
        isValid={"value" in address && wrongAmount === undefined}
        isSending={sending.isPending}
        onSubmit={send}
      >
        <TextField label="To" placeholder="0x…" value={to} onChange={setTo} wrong={wrongOf(address)} />
        <TextField
          label="Amount"
          unit="coins"
          inputMode="decimal"
          value={amount}
          onChange={setAmount}
          wrong={wrongAmount}
        />
        <AccountField label="From" accounts={accounts} value={from} onChange={setFrom} />
      </Form>
      <SendOutcome sending={sending} />
    </Card>
  );
}

function tooMuch(wei: bigint, balance: bigint | undefined): string | undefined {
  if (wei === 0n) return "Enter an amount above 0.";
  if (balance === undefined || wei + FEE_WEI_MAX <= balance) return undefined;
  return `The account has ${coinText(balance)} coins, which must also cover the fee.`;
}
