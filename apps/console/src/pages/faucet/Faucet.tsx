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

/** A transfer's fee at any price that a development network comes to. */
const FEE_WEI_MAX = 10n ** 16n;

export function Faucet() {
  const accounts = useRpc<readonly Address[]>("eth_accounts");
  return (
    <>
      <h1>Faucet</h1>
      <Answered query={accounts} what="Asking for development accounts">
        {(all) =>
          all.length === 0 ? (
            <Empty title="This network has no faucet">
              Coins are given away on development networks alone, whose nodes hold accounts that everybody
              knows.
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
  // The last one: tests of others begin with the first.
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
    <Card title="Coins for an account" aside={<span>worth nothing, on this network alone</span>}>
      <p className="soft">
        One of the development accounts pays, whose keys the node holds and everybody knows. The node signs.
      </p>
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
        <AccountField label="From" {...{ accounts, value: from, onChange: setFrom }} />
      </Form>
      <SendOutcome sending={sending} />
    </Card>
  );
}

function tooMuch(wei: bigint, balance: bigint | undefined): string | undefined {
  if (wei === 0n) return "More than nothing.";
  if (balance === undefined || wei + FEE_WEI_MAX <= balance) return undefined;
  return `The account has ${coinText(balance)} coins, of which the fee is paid too.`;
}
