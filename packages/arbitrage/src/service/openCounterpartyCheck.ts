import type { Metrics } from "@trellis/base";
import { createGuard } from "@trellis/resilience";
import { z } from "zod";
import type { CounterpartyCheck, ScreenedTrade } from "../compliance/index.ts";
import { arbitrageErrors } from "./errors.ts";

const GUARD = {
  name: "counterparty check",
  timeoutMs: 1_000,
  retriesMax: 0,
  breaker: { failures: 5, openMs: 5_000 },
  isPassing: () => true,
} as const;
const ANSWER_BYTES_MAX = 65_536;

const answer = z.object({
  refused: z.array(z.object({ address: z.string().max(64), reason: z.string().max(200) })),
});

/**
 * Posts `{chainId, tokens, pools, accounts}` and expects `{refused: [{address, reason}]}` within a second.
 */
export function openCounterpartyCheck(
  { url, token }: { readonly url: string; readonly token: string | undefined },
  ports: { readonly metrics: Metrics },
): CounterpartyCheck {
  const guard = createGuard(GUARD, ports);
  const name = new URL(url).host;
  return {
    name,
    async refusalOf(trade) {
      const { refused } = await guard.run((signal) => ask(url, token, trade, signal));
      const [first] = refused;
      return first && `${first.address}: ${first.reason}`;
    },
  };
}

async function ask(url: string, token: string | undefined, trade: ScreenedTrade, signal: AbortSignal) {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(trade),
    redirect: "error",
    signal,
  });
  const text = response.ok ? await response.text() : "";
  const isShort = text.length <= ANSWER_BYTES_MAX;
  const read = isShort ? answer.safeParse(jsonOf(text)) : undefined;
  if (read?.success !== true)
    throw arbitrageErrors.ARBITRAGE_COUNTERPARTY_UNCLEAR({ status: response.status });
  return read.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
