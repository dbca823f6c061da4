import type { Status, Transfer } from "@trellis/client/arbitrage";
import { useState } from "react";
import { wrongOf } from "../../format/parse.ts";
import { ProblemText } from "../../session/ProblemText.tsx";
import { Form, TextField } from "../../ui/Form.tsx";
import { AddressLink, TransactionLink } from "../../ui/primitives.tsx";
import { useServiceChange } from "../operations/useService.ts";
import { CoinAmount, TokenAmount } from "./tokens.tsx";
import { transferHashes } from "./transferHashes.ts";
import { ARBITRAGE, useMay } from "./useArbitrage.ts";

export function BookDifferences({
  differences,
}: {
  readonly differences: NonNullable<Status["bookDifferences"]>;
}) {
  const [booked, setBooked] = useState<readonly Transfer[]>();
  const may = useMay();
  return (
    <>
      {differences.length > 0 && (
        <section className="notice notice-bad" aria-label="Ledger differences">
          <div role="alert">
            <strong>The ledger does not match the on-chain balances.</strong>
            <ul>
              {differences.map(({ account, asset, booked: inBooks, onChain }) => (
                <li key={`${account}${asset}`}>
                  <AddressLink address={account} />: ledger <Amount asset={asset} amount={inBooks} />,
                  on-chain{" "}
                  {onChain === null ? (
                    "unknown"
                  ) : (
                    <>
                      <Amount asset={asset} amount={onChain} />,{" "}
                      <Amount asset={asset} amount={String(BigInt(onChain) - BigInt(inBooks))} isSigned />{" "}
                      difference
                    </>
                  )}
                </li>
              ))}
            </ul>
          </div>
          {may.change && (
            <>
              <p>
                Book each top-up or withdrawal by its transaction hash. The engine reads the amount from the
                chain once the transaction is final.
              </p>
              <BookTransfers onBooked={setBooked} />
            </>
          )}
        </section>
      )}
      {booked !== undefined && <Booked transfers={booked} onSeen={() => setBooked(undefined)} />}
    </>
  );
}

function BookTransfers({ onBooked }: { readonly onBooked: (transfers: readonly Transfer[]) => void }) {
  const book = useServiceChange<{ readonly items: readonly Transfer[] }>();
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const hashes = transferHashes(text);
  const wrongReason = reason.trim() === "" ? "Enter a reason. It is recorded in the ledger." : undefined;
  const send = (): void => {
    if ("wrong" in hashes) return;
    const body = { transactionHashes: hashes.value, reason: reason.trim() };
    book.mutate(
      { path: `${ARBITRAGE}/transfers`, method: "POST", body },
      { onSuccess: ({ items }) => onBooked(items) },
    );
  };
  return (
    <Form
      label="Book external transfers"
      action="Book transfers"
      isValid={"value" in hashes && wrongReason === undefined}
      isSending={book.isPending}
      onSubmit={send}
    >
      <TextField
        label="Transaction hashes"
        value={text}
        onChange={setText}
        isLong
        maxLength={1_000}
        hint="One per line, at most 10. Either all are booked or none."
        wrong={wrongOf(hashes)}
      />
      <TextField label="Reason" value={reason} onChange={setReason} maxLength={200} wrong={wrongReason} />
      <ProblemText error={book.error} />
    </Form>
  );
}

function Booked({
  transfers,
  onSeen,
}: {
  readonly transfers: readonly Transfer[];
  readonly onSeen: () => void;
}) {
  return (
    <div className="notice notice-good" role="status">
      <strong>Booked:</strong>
      <ul>
        {transfers.map(({ account, asset, kind, amount, transactionHash }) => (
          <li key={`${transactionHash}${account}${asset}${kind}`}>
            {kind} <Amount asset={asset} amount={amount} isSigned /> of <AddressLink address={account} /> in{" "}
            <TransactionLink hash={transactionHash} />
          </li>
        ))}
      </ul>
      <button type="button" onClick={onSeen}>
        Close
      </button>
    </div>
  );
}

function Amount({
  asset,
  ...amount
}: {
  readonly asset: string;
  readonly amount: string;
  readonly isSigned?: boolean;
}) {
  if (asset !== "coin") return <TokenAmount token={asset} {...amount} />;
  return (
    <>
      <CoinAmount wei={amount.amount} isSigned={amount.isSigned === true} /> coins
    </>
  );
}
