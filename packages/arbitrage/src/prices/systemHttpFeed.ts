import { isTrellisError } from "@trellis/base";
import { z } from "zod";
import { priceErrors } from "./errors.ts";
import type { PriceFeed, Quote } from "./PriceFeed.ts";

export interface HttpFeedOptions {
  readonly name: string;
  /** Returns `{"prices": [{"token", "amount", "wei", "atMs"}]}`. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly token?: string;
}

const ANSWER_BYTES_MAX = 4_000_000;
const amount = z.string().regex(/^[1-9][0-9]{0,77}$/);
const answer = z.object({
  prices: z
    .array(
      z.object({
        token: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
        amount,
        wei: amount,
        atMs: z.int().min(0),
      }),
    )
    .max(10_000),
});

export function createHttpFeed({ name, url, timeoutMs, token }: HttpFeedOptions): PriceFeed {
  return {
    name,
    async quotes() {
      try {
        const response = await fetch(url, {
          headers: {
            accept: "application/json",
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
          },
          redirect: "error",
          signal: AbortSignal.timeout(timeoutMs),
        });
        if (response.status !== 200)
          throw priceErrors.PRICE_FEED_FAILED({ feed: name, status: response.status });
        return readQuotes(name, await textOf(name, response));
      } catch (error) {
        if (isTrellisError(error)) throw error;
        // Omits the cause, which may contain the URL.
        throw priceErrors.PRICE_FEED_FAILED({
          feed: name,
          reason: error instanceof Error ? error.name : "unknown",
        });
      }
    },
  };
}

export function readQuotes(feed: string, text: string): readonly Quote[] {
  const read = answer.safeParse(jsonOf(text));
  if (!read.success)
    throw priceErrors.PRICE_FEED_FAILED({ feed, reason: "response has an unexpected format" });
  return read.data.prices.map(({ token, amount: units, wei, atMs }) => ({
    token: token.toLowerCase() as Quote["token"],
    price: Number(wei) / Number(units),
    atMs,
  }));
}

async function textOf(feed: string, response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > ANSWER_BYTES_MAX) throw priceErrors.PRICE_FEED_FAILED({ feed, reason: "response too long" });
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
