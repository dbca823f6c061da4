import { useParams } from "@tanstack/react-router";
import type { Hex } from "viem";
import { countText, gweiText, toNumber } from "../../format/units.ts";
import type { ReceiptJson, TransactionJson, TransactionStatusJson } from "../../live/chainTypes.ts";
import { useLiveRpc } from "../../live/node.ts";
import { AddressLink, Badge, Card, Coins, Fact, Facts, HexText, type Tone } from "../../ui/primitives.tsx";
import { Answered, NoPage } from "../../ui/states.tsx";
import { Calldata } from "./Calldata.tsx";
import { Life } from "./Life.tsx";
import { Logs } from "./Logs.tsx";
import { StateChanges } from "./StateChanges.tsx";
import { Trace } from "./Trace.tsx";

const HASH = /^0x[0-9a-fA-F]{64}$/;

const TYPES: Readonly<Record<string, string>> = {
  "0x0": "legacy",
  "0x1": "access list (EIP-2930)",
  "0x2": "dynamic fee (EIP-1559)",
  "0x50": "key-agile",
};

export function TransactionPage() {
  const { hash } = useParams({ strict: false }) as { hash: string };
  if (!HASH.test(hash)) {
    return (
      <NoPage title="Invalid transaction hash">A transaction hash is 0x and 64 hexadecimal digits.</NoPage>
    );
  }
  return <TransactionOfHash hash={hash as Hex} />;
}

function TransactionOfHash({ hash }: { readonly hash: Hex }) {
  const transaction = useLiveRpc<TransactionJson | null>("eth_getTransactionByHash", [hash]);
  const status = useLiveRpc<TransactionStatusJson>("trellis_getTransactionStatus", [hash]);
  const isAccepted = status.data?.kind === "accepted" || status.data?.kind === "finalized";
  const receipt = useLiveRpc<ReceiptJson | null>("eth_getTransactionReceipt", [hash], isAccepted);
  return (
    <Answered query={transaction} what="Loading transaction">
      {(found) =>
        found === null ? (
          <NoPage title="Transaction not found">
            The transaction was never sent to this node, was replaced or dropped, or is older than the history
            of the node.
          </NoPage>
        ) : (
          <>
            <h1>Transaction {status.data && <StatusBadge status={status.data} />}</h1>
            {status.data && <Life status={status.data} />}
            <Transaction transaction={found} receipt={receipt.data ?? undefined} />
            <Calldata to={found.to} input={found.input} />
            {receipt.data && <Logs logs={receipt.data.logs} />}
            {isAccepted && <StateChanges hash={hash} />}
            {isAccepted && <Trace hash={hash} />}
          </>
        )
      }
    </Answered>
  );
}

const TONES: Readonly<Record<TransactionStatusJson["kind"], Tone>> = {
  unknown: "plain",
  pending: "warn",
  included: "info",
  skipped: "bad",
  accepted: "good",
  finalized: "good",
};

function StatusBadge({ status }: { readonly status: TransactionStatusJson }) {
  return <Badge tone={TONES[status.kind]}>{status.kind}</Badge>;
}

function Transaction({
  transaction,
  receipt,
}: {
  readonly transaction: TransactionJson;
  readonly receipt: ReceiptJson | undefined;
}) {
  const { hash, from, to, value, nonce, gas, type, maxFeePerGas, maxPriorityFeePerGas, gasPrice } =
    transaction;
  const feeWei = receipt && BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice);
  return (
    <Card title="Details">
      <Facts>
        <Fact name="Hash">
          <HexText hex={hash} label="transaction hash" isWhole />
        </Fact>
        {receipt && (
          <Fact name="Outcome">
            {receipt.status === "0x1" ? (
              <Badge tone="good">succeeded</Badge>
            ) : (
              <Badge tone="bad">reverted</Badge>
            )}
          </Fact>
        )}
        <Fact name="From">
          <AddressLink address={from} isWhole />
        </Fact>
        <Fact name="To">
          <AddressLink address={to} isWhole />
        </Fact>
        {receipt?.contractAddress && (
          <Fact name="Contract">
            <AddressLink address={receipt.contractAddress} isWhole />
          </Fact>
        )}
        <Fact name="Value">
          <Coins wei={BigInt(value)} />
        </Fact>
        <Fact name="Nonce">{countText(toNumber(nonce))}</Fact>
        <Fact name="Type">{TYPES[type] ?? type}</Fact>
        {transaction.keyAlgorithmName !== undefined && (
          <Fact name="Key algorithm">{transaction.keyAlgorithmName}</Fact>
        )}
        <Fact name="Gas">
          {receipt ? `${countText(toNumber(receipt.gasUsed))} of ` : "at most "}
          {countText(toNumber(gas))}
        </Fact>
        <Fact name="Gas price">
          {receipt ? (
            <>
              <Gwei wei={receipt.effectiveGasPrice} /> paid
            </>
          ) : (
            <>
              at most <Gwei wei={maxFeePerGas ?? gasPrice} />, priority fee{" "}
              <Gwei wei={maxPriorityFeePerGas ?? gasPrice} />
            </>
          )}
        </Fact>
        {feeWei !== undefined && (
          <Fact name="Fee">
            <Coins wei={feeWei} />
          </Fact>
        )}
      </Facts>
    </Card>
  );
}

function Gwei({ wei }: { readonly wei: Hex }) {
  return <span title={`${BigInt(wei)} wei`}>{gweiText(BigInt(wei))}</span>;
}
