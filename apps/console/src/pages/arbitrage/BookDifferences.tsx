import { useState } from "react";
import type { Hex } from "viem";
import { wrongOf } from "../../format/parse.ts";
import { ProblemText } from "../../session/ProblemText.tsx";
import { Form, TextField } from "../../ui/Form.tsx";
import { AddressLink, TransactionLink } from "../../ui/primitives.tsx";
import { useServiceChange } from "../operations/useService.ts";
import type { StatusJson, TransferJson } from "./shapes.ts";
import { CoinAmount, TokenAmount } from "./tokens.tsx";
import { transferHashes } from "./transferHashes.ts";
import { ARBITRAGE, useMay } from "./useArbitrage.ts";

/** Where the books differ from the chain, and for admins the way to book what moved there without the engine. */
export function BookDifferences({
  differences,
}: {
  readonly differences: NonNullable<StatusJson["bookDifferences"]>;
}) {
  const [booked, setBooked] = useState<readonly TransferJson[]>();
  const may = useMay();
  return (
    <>
      {differences.length > 0 && (
        <section className="notice notice-bad" aria-label="Differences of the books">
          <div role="alert">
            <strong>The books differ from the chain.</strong>
            <ul>
              {differences.map(({ account, asset, booked: inBooks, onChain }) => (
                <li key={`${account}${asset}`}>
                  <AddressLink address={account} />: booked <Amount asset={asset} amount={inBooks} />, on the
                  chain{" "}
                  {onChain === null ? (
                    "unknown"
                  ) : (
                    <>
                      <Amount asset={asset} amount={onChain} />,{" "}
                      <Amount asset={asset} amount={String(BigInt(onChain) - BigInt(inBooks))} isSigned />{" "}
                      apart
                    </>
                  )}
                </li>
              ))}
            </ul>
          </div>
          {may.change && (
            <>
              <p>
                A top-up or a withdrawal is booked by its transaction: what it moved is read from the chain,
                once it is final.
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

function BookTransfers({ onBooked }: { readonly onBooked: (transfers: readonly TransferJson[]) => void }) {
  const book = useServiceChange<{ readonly items: readonly TransferJson[] }>();
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const hashes = transferHashes(text);
  const wrongReason =
    reason.trim() === "" ? "Say why: whoever reads the books later wants to know." : undefined;
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
      label="Book what the engine did not send"
      action="Book them"
      isValid={"value" in hashes && wrongReason === undefined}
      isSending={book.isPending}
      onSubmit={send}
    >
      <TextField
        label="Hashes of transactions"
        value={text}
        onChange={setText}
        isLong
        maxLength={1_000}
        hint="one a line, at most 10; all of them are booked, or none"
        wrong={wrongOf(hashes)}
      />
      <TextField label="Why" value={reason} onChange={setReason} maxLength={200} wrong={wrongReason} />
      <ProblemText error={book.error} />
    </Form>
  );
}

function Booked({
  transfers,
  onSeen,
}: {
  readonly transfers: readonly TransferJson[];
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
  if (asset !== "coin") return <TokenAmount token={asset as Hex} {...amount} />;
  return (
    <>
      <CoinAmount wei={amount.amount} isSigned={amount.isSigned === true} /> coins
    </>
  );
}
