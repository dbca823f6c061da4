import type { Hex } from "viem";
import { countText, exactText, toNumber, unitsText } from "../../format/units.ts";
import type { TokenJson, TransferJson } from "../../live/chainTypes.ts";
import { useRpc } from "../../live/node.ts";
import { usePages } from "../../live/usePages.ts";
import { Paged } from "../../ui/Paged.tsx";
import { AddressLink, Copy, TransactionLink } from "../../ui/primitives.tsx";
import { UntrustedText } from "../../ui/UntrustedText.tsx";

const UNIT_CHARACTERS_MAX = 12;

interface TransferTableProps {
  readonly method: "trellis_getTokenTransfers" | "trellis_getAddressTransfers";
  readonly address: Hex;
}

export function TransferTable({ method, address }: TransferTableProps) {
  const { query, items } = usePages<TransferJson>(method, [address]);
  return (
    <Paged
      label="Token transfers"
      query={query}
      items={items}
      none="No token transfers"
      keyOf={(row) => `${row.transactionHash}${row.logIndex}${row.tokenId ?? ""}`}
      columns={[
        {
          name: "Transaction",
          width: "1fr",
          isMinor: true,
          cell: (row) => <TransactionLink hash={row.transactionHash} />,
        },
        { name: "Block", width: "6rem", isMinor: true, cell: (row) => countText(toNumber(row.blockNumber)) },
        { name: "From", width: "1fr", cell: ({ from }) => <AddressLink address={from} /> },
        { name: "To", width: "1fr", cell: ({ to }) => <AddressLink address={to} /> },
        { name: "Amount", width: "1fr", isNumeric: true, cell: (row) => <TransferAmount transfer={row} /> },
      ]}
    />
  );
}

export function TransferAmount({
  transfer: { token, amount, tokenId },
}: {
  readonly transfer: TransferJson;
}) {
  const { data, isLoading } = useRpc<TokenJson | null>("trellis_getToken", [token]);
  const symbol = data?.symbol ?? null;
  const decimals = data?.decimals ?? null;
  const word =
    symbol === null ? "units" : <UntrustedText text={symbol} charactersMax={UNIT_CHARACTERS_MAX} />;
  const value = BigInt(amount);
  return (
    <span className="amount" title={`${value} base units of ${token}`}>
      {tokenId !== null ? (
        <>
          {countText(value)} × #{BigInt(tokenId)} {word}
        </>
      ) : isLoading ? (
        <>… {word}</>
      ) : (
        <>
          {unitsText(value, decimals)} {decimals === null ? symbol !== null && <>of {word}</> : word}
          <Copy
            text={`${exactText(value, decimals ?? 0)} ${decimals === null ? "base units of" : "of"} ${token}`}
            label="amount"
          />
        </>
      )}
    </span>
  );
}
