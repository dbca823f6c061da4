import { type Clock, isTrellisError, type Log } from "@trellis/base";
import { type ChainClient, type FinalityRule, finalHeightOf } from "@trellis/client";
import { platformErrors } from "@trellis/platform";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import type { EngineOptions, Reference } from "../engine/index.ts";
import { createHttpFeed, createReferencePrices, type PriceFeed } from "../prices/index.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

export interface OpenedReference extends Reference {
  refresh(): Promise<void>;
}

interface ReferencePorts {
  readonly client: Pick<ChainClient, "block">;
  readonly clock: Clock;
  readonly log: Log;
  readonly io: ProcessIo;
}

const FEED_TIMEOUT_MS = 5_000;

/** Undefined if no feeds are configured and the wrapped coin is the only profit token. */
export async function openReference(
  flags: ArbitrageServiceSettings,
  { prices: tokenPrices }: Pick<EngineOptions, "prices">,
  { client, clock, log, io }: ReferencePorts,
): Promise<OpenedReference | undefined> {
  const { feeds, ...rule } = flags.prices;
  const [coin] = [...tokenPrices].find(([, { amount, wei }]) => amount === wei) ?? [];
  if (coin !== undefined && tokenPrices.size === 1 && feeds.length === 0) return undefined;
  if (coin === undefined)
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "profitTokens",
      reason: "wrapped coin with ratio 1 to 1 missing",
    });
  const reference = createReferencePrices(
    {
      coin,
      tokens: [...tokenPrices.keys()],
      windowMs: rule.window,
      ageMsMax: rule.ageMax,
      depthMin: Number(rule.depthMin),
      agreement: {
        feedsMin: rule.feedsMin,
        ageMsMax: rule.feedAgeMax,
        outlierPpm: rule.feedOutlierPpm,
        disagreementPpm: rule.feedDisagreementPpm,
      },
    },
    { feeds: await Promise.all(feeds.map((feed) => openFeed(feed, io))), clock, log },
  );
  const finality: FinalityRule =
    flags.confirmations === 0 ? "finalized" : { confirmations: flags.confirmations };
  return {
    check: (token, price) => reference.check(token, price),
    refresh: () => reference.refresh(),
    async observe(block, pools) {
      try {
        reference.observe(block, pools, await finalHeightOf(client, finality));
      } catch (error) {
        if (!isTrellisError(error)) throw error;
        log.warn("finality.unknown", {
          code: error.code,
          message: "Reference prices will become stale, and trades will be refused.",
        });
      }
    },
  };
}

async function openFeed(
  { name, urlFrom, tokenFrom }: ArbitrageServiceSettings["prices"]["feeds"][number],
  io: ProcessIo,
): Promise<PriceFeed> {
  const url = (await readSecret(urlFrom, `Address of the feed ${name}`, io)).trim();
  const token =
    tokenFrom === "" ? undefined : (await readSecret(tokenFrom, `Token of the feed ${name}`, io)).trim();
  return createHttpFeed({ name, url, timeoutMs: FEED_TIMEOUT_MS, ...(token !== undefined && { token }) });
}
