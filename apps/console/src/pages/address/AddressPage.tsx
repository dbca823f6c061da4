import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Hex } from "viem";
import { countText, exactText, toNumber, unitsText } from "../../format/units.ts";
import type { HistoryJson, TokenJson } from "../../live/chainTypes.ts";
import { useLiveRpc } from "../../live/node.ts";
import { usePages } from "../../live/usePages.ts";
import { Paged } from "../../ui/Paged.tsx";
import {
  Badge,
  BlockLink,
  Card,
  Coins,
  Copy,
  Fact,
  Facts,
  HexText,
  NumberLink,
  TransactionLink,
} from "../../ui/primitives.tsx";
import { NoPage } from "../../ui/states.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { isTooLong, UntrustedText } from "../../ui/UntrustedText.tsx";
import { TransferTable } from "../tokens/TransferTable.tsx";
import { tokenColumns } from "../tokens/tokenColumns.tsx";
import { KeyFacts } from "./KeyFacts.tsx";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
/** Selector of balanceOf(address) (EIP-20). */
const BALANCE_OF = "0x70a08231";

const SYMBOL_CHARACTERS_MAX = 24;
const NAME_CHARACTERS_MAX = 64;

export function AddressPage() {
  const { address } = useParams({ strict: false }) as { address: string };
  if (!ADDRESS.test(address)) {
    return <NoPage title="Invalid address">An address is 0x and 40 hexadecimal digits.</NoPage>;
  }
  return <Account address={address.toLowerCase() as Hex} />;
}

const TABS = ["Transactions", "Token transfers", "Tokens", "Mined blocks"] as const;

function Account({ address }: { readonly address: Hex }) {
  const balance = useLiveRpc<Hex>("eth_getBalance", [address, "latest"]);
  const nonce = useLiveRpc<Hex>("eth_getTransactionCount", [address, "latest"]);
  const code = useLiveRpc<Hex>("eth_getCode", [address, "latest"]);
  const token = useLiveRpc<TokenJson | null>("trellis_getToken", [address]);
  const [tab, setTab] = useState<(typeof TABS)[number]>("Transactions");
  return (
    <>
      <h1>
        {token.data ? (
          <TokenTitle token={token.data} />
        ) : code.data !== undefined && code.data !== "0x" ? (
          "Contract"
        ) : (
          "Account"
        )}
      </h1>
      <Card title="Current state">
        <Facts>
          <Fact name="Address">
            <HexText hex={address} label="address" isWhole />
          </Fact>
          <Fact name="Balance">{balance.data ? <Coins wei={BigInt(balance.data)} /> : "…"}</Fact>
          <Fact name="Nonce">{nonce.data ? countText(toNumber(nonce.data)) : "…"}</Fact>
          <Fact name="Code">
            {code.data === undefined
              ? "…"
              : code.data === "0x"
                ? "none"
                : `${countText((code.data.length - 2) / 2)} bytes`}
          </Fact>
          {code.data === "0x" && <KeyFacts address={address} />}
        </Facts>
      </Card>
      <Tabs label="Account data" names={TABS} chosen={tab} onChoose={setTab} />
      <div role="tabpanel" aria-label={tab}>
        {tab === "Transactions" && <History address={address} />}
        {tab === "Token transfers" && (
          <TransferTable
            method={token.data ? "trellis_getTokenTransfers" : "trellis_getAddressTransfers"}
            address={address}
          />
        )}
        {tab === "Tokens" && <Holdings address={address} />}
        {tab === "Mined blocks" && <Mined address={address} />}
      </div>
    </>
  );
}

function TokenTitle({ token: { symbol, name, standard } }: { readonly token: TokenJson }) {
  return (
    <>
      Token {symbol !== null && isTooLong(symbol) && "with a symbol "}
      {symbol === null ? (
        "without a symbol"
      ) : (
        <UntrustedText text={symbol} charactersMax={SYMBOL_CHARACTERS_MAX} />
      )}{" "}
      <Badge>{standard}</Badge>
      {name !== null && (
        <small className="soft">
          {" "}
          unverified name “<UntrustedText text={name} charactersMax={NAME_CHARACTERS_MAX} />”
        </small>
      )}
    </>
  );
}

function History({ address }: { readonly address: Hex }) {
  const { query, items } = usePages<HistoryJson>("trellis_getAddressHistory", [address]);
  return (
    <Paged
      label="Transactions"
      query={query}
      items={items}
      none="No transactions"
      keyOf={(row) => row.transactionHash}
      columns={[
        { name: "Transaction", width: "1fr", cell: (row) => <TransactionLink hash={row.transactionHash} /> },
        { name: "Block", width: "8rem", cell: (row) => <NumberLink number={toNumber(row.blockNumber)} /> },
        {
          name: "Role",
          width: "1fr",
          cell: ({ roles }) => roles.map((role) => <Badge key={role}>{ROLES[role] ?? role}</Badge>),
        },
      ]}
    />
  );
}

const ROLES: Readonly<Record<string, string>> = {
  sender: "sender",
  recipient: "recipient",
  created: "created contract",
  tokenSender: "token sender",
  tokenRecipient: "token recipient",
};

function Holdings({ address }: { readonly address: Hex }) {
  const { query, items } = usePages<TokenJson>("trellis_getAddressTokens", [address]);
  return (
    <Paged
      label="Tokens"
      query={query}
      items={items}
      none="No token transfers"
      keyOf={(row) => row.address}
      columns={[
        ...tokenColumns,
        {
          name: "Balance",
          width: "9rem",
          isNumeric: true,
          cell: (token) => <TokenBalance token={token} holder={address} />,
        },
      ]}
    />
  );
}

export function TokenBalance({ token, holder }: { readonly token: TokenJson; readonly holder: Hex }) {
  const data = `${BALANCE_OF}${holder.slice(2).padStart(64, "0")}`;
  const balance = useLiveRpc<Hex>(
    "eth_call",
    [{ to: token.address, data }, "latest"],
    token.standard !== "erc1155",
  );
  if (token.standard === "erc1155") return <span className="soft">per item</span>;
  if (balance.error !== null) return <span className="soft">unknown</span>;
  if (balance.data === undefined || balance.data.length !== 66) return <>…</>;
  const decimals = token.standard === "erc20" ? token.decimals : 0;
  const value = BigInt(balance.data);
  const unit = decimals === null ? "base units of" : "of";
  return (
    <span className="amount">
      {unitsText(value, decimals)}
      <Copy text={`${exactText(value, decimals ?? 0)} ${unit} ${token.address}`} label="balance" />
    </span>
  );
}

interface MinedJson {
  readonly block: Hex;
  readonly mergedIn: Hex;
}

function Mined({ address }: { readonly address: Hex }) {
  const { query, items } = usePages<MinedJson>("trellis_getMinedBlocks", [address]);
  return (
    <Paged
      label="Mined blocks"
      query={query}
      items={items}
      none="No mined blocks"
      keyOf={(row) => row.block}
      columns={[
        { name: "Block", width: "1fr", cell: (row) => <BlockLink hash={row.block} /> },
        {
          name: "Merged by",
          width: "8rem",
          cell: ({ mergedIn }) => <NumberLink number={toNumber(mergedIn)} />,
        },
      ]}
    />
  );
}
