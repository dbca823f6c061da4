import { type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { cutText } from "../../format/cutText.ts";
import { shortHex } from "../../format/units.ts";
import type { TokenJson } from "../../live/chainTypes.ts";
import { node } from "../../live/node.ts";
import { hosts } from "../../origin.ts";
import { isTooLong } from "../../ui/UntrustedText.tsx";
import { callService } from "../operations/callService.ts";
import { amountText, type TokenWords, tokenText } from "./amounts.ts";
import { ARBITRAGE } from "./useArbitrage.ts";

const SYMBOL_CHARACTERS_MAX = 12;

type TokenSays = Pick<TokenJson, "symbol" | "decimals">;

export function useToken(token: string): TokenWords {
  return wordsOf(token, useQuery(questionOf(token)));
}

export function useTokens(tokens: readonly string[]): ReadonlyMap<string, TokenWords> {
  const told = useQueries({ queries: tokens.map(questionOf) });
  return new Map(tokens.map((token, index) => [token, wordsOf(token, told[index]!)]));
}

export function questionOf(token: string) {
  return {
    queryKey: ["token", token],
    queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
      hosts("chain")
        ? node.request<TokenSays | null>("trellis_getToken", [token], signal)
        : callService<TokenSays>(`${ARBITRAGE}/tokens/${token.toLowerCase()}`, { signal }),
  };
}

function wordsOf(
  token: string,
  { data, isLoading }: Pick<UseQueryResult<TokenSays | null>, "data" | "isLoading">,
): TokenWords {
  const said = data?.symbol ?? null;
  const symbol = said === null || isTooLong(said) ? shortHex(token, 4) : said;
  return {
    symbol: cutText(symbol, SYMBOL_CHARACTERS_MAX),
    decimals: isLoading ? undefined : (data?.decimals ?? null),
  };
}

export function TokenName({ token }: { readonly token: string }) {
  return <span title={token}>{useToken(token).symbol}</span>;
}

export function TokenAmount({
  token,
  amount,
  isSigned = false,
}: {
  readonly token: string;
  readonly amount: string;
  readonly isSigned?: boolean;
}) {
  const text = tokenText(amount, useToken(token), isSigned);
  return (
    <span className={`amount ${isSigned ? toneOf(amount) : ""}`} title={`${amount} base units of ${token}`}>
      {text}
    </span>
  );
}

export function CoinAmount({ wei, isSigned = false }: { readonly wei: string; readonly isSigned?: boolean }) {
  const text = amountText(wei, 18, isSigned);
  return (
    <span className={`amount ${isSigned ? toneOf(wei) : ""}`} title={`${wei} wei`}>
      {text}
    </span>
  );
}

function toneOf(amount: string): string {
  const value = BigInt(amount);
  if (value === 0n) return "";
  return value > 0n ? "gain" : "loss";
}
