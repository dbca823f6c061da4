import { duration, listOf, matching, objectOf, type SettingsOf, wholeNumber } from "@trellis/platform/config";
import { secretPlace } from "@trellis/platform/service/settings";
import { z } from "zod";

interface PriceFeedSetting {
  readonly name: string;
  /** May contain a credential. */
  readonly urlFrom: string;
  readonly tokenFrom: string;
}

export const sourceName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,32}$/, { error: "1 to 32 letters, digits, _ and -" });
const feed: z.ZodType<PriceFeedSetting> = z.strictObject({
  name: sourceName,
  urlFrom: secretPlace,
  tokenFrom: z.union([z.literal(""), secretPlace]).default(""),
});

const millionths = (formerly: string, summary: string, initial: number) => ({
  type: wholeNumber(0, 1_000_000),
  default: initial,
  value: "N",
  summary,
  formerly,
});

const priceMembers = {
  deviationMax: millionths(
    "priceDeviationMax",
    "maximum deviation of configured and pool prices from the reference, in ppm",
    50_000,
  ),
  window: {
    type: duration("10s", "1d"),
    default: "10m",
    value: "TIME",
    summary: "averaging period of the pools' price, over finalized blocks",
    formerly: "priceWindow",
  },
  ageMax: {
    type: duration("10s", "1d"),
    default: "30m",
    value: "TIME",
    summary: "maximum age of the newest finalized block for the pools' price",
    formerly: "priceAgeMax",
  },
  depthMin: {
    type: matching(/^[0-9]{1,39}$/, "a whole number of wei"),
    default: "1000000000000000000",
    value: "WEI",
    summary: "minimum liquidity behind the pools' price: wei that move it by 1 %",
    formerly: "priceDepthMin",
  },
  feeds: {
    type: listOf(feed, "a list of feeds, each with name and urlFrom"),
    default: "",
    value: "JSON",
    summary: "HTTP price feeds: name, urlFrom, tokenFrom; default: the pools are the reference",
    formerly: "priceFeeds",
  },
  feedsMin: {
    type: wholeNumber(1, 32),
    default: 1,
    value: "N",
    summary: "number of fresh feeds that must agree",
    formerly: "feedsMin",
  },
  feedAgeMax: {
    type: duration("1s", "1d"),
    default: "2m",
    value: "TIME",
    summary: "maximum age of a feed's price",
    formerly: "feedAgeMax",
  },
  feedOutlierPpm: millionths(
    "feedOutlierPpm",
    "deviation from the median at which a feed is excluded, in ppm",
    50_000,
  ),
  feedDisagreementPpm: millionths(
    "feedDisagreementPpm",
    "spread of feeds above which there is no reference price, in ppm",
    20_000,
  ),
} as const;

export const prices = objectOf<SettingsOf<typeof priceMembers>>(
  priceMembers,
  "reference prices and their tolerances",
);
