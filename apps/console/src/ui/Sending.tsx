import type { UseMutationResult } from "@tanstack/react-query";
import type { Abi, Address, Hex } from "viem";
import { addressText, decimalText, shortHex } from "../format/units.ts";
import type { ReceiptJson, TransactionStatusJson } from "../live/chainTypes.ts";
import { useLiveRpc } from "../live/node.ts";
import { refusalText } from "../live/refusalText.ts";
import { type SendRequest, useBalances } from "../live/sending.ts";
import { SelectField } from "./Form.tsx";
import { Badge, TransactionLink } from "./primitives.tsx";

export function AccountField({
  label,
  accounts,
  value,
  onChange,
  wrong,
}: {
  readonly label: string;
  readonly accounts: readonly Address[];
  readonly value: Address;
  readonly onChange: (account: Address) => void;
  readonly wrong?: string | undefined;
}) {
  const balances = useBalances(accounts);
  const options = accounts.map((account, index) => {
    const balance = balances[index];
    return [account, accountText(account, balance)] as const;
  });
  return <SelectField label={label} value={value} onChange={onChange} options={options} wrong={wrong} />;
}

function accountText(account: Address, balance: bigint | undefined): string {
  const has = balance === undefined ? "…" : `${decimalText(balance, 18, 3)} coins`;
  return `${shortHex(addressText(account), 4)} has ${has}`;
}

export function SendOutcome({
  sending: { data, error },
  abi = [],
}: {
  readonly sending: Pick<UseMutationResult<Hex, Error, SendRequest>, "data" | "error">;
  readonly abi?: Abi;
}) {
  if (error !== null) {
    return (
      <p className="outcome bad" role="alert">
        {refusalText(error, abi)}
      </p>
    );
  }
  return data === undefined ? null : <Sent hash={data} />;
}

function Sent({ hash }: { readonly hash: Hex }) {
  const status = useLiveRpc<TransactionStatusJson>("trellis_getTransactionStatus", [hash]);
  const kind = status.data?.kind ?? "pending";
  const isExecuted = kind === "accepted" || kind === "finalized";
  const receipt = useLiveRpc<ReceiptJson | null>("eth_getTransactionReceipt", [hash], isExecuted);
  const hasFailed = receipt.data?.status === "0x0";
  return (
    <p className="outcome" role="status">
      Sent: <TransactionLink hash={hash} />{" "}
      {hasFailed ? (
        <Badge tone="bad">reverted</Badge>
      ) : (
        <Badge tone={isExecuted ? "good" : "warn"}>{kind}</Badge>
      )}
    </p>
  );
}
