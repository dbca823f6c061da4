import { duration, listOf, matching, objectOf, type SettingsOf, wholeNumber } from "@trellis/platform/config";
import { secretPlace } from "@trellis/platform/service/settings";
import { z } from "zod";

interface PriceFeedSetting {
  readonly name: string;
  /** The URL may contain a credential. */
  readonly urlFrom: string;
  /** Reference to a bearer token. */
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
    "how far a token's price in the settings, or the pools' own, may be from the reference, in millionths",
    50_000,
  ),
  window: {
    type: duration("10s", "1d"),
    default: "10m",
    value: "TIME",
    summary: "over how long the pools' price is taken, of finalized blocks",
    formerly: "priceWindow",
  },
  ageMax: {
    type: duration("10s", "1d"),
    default: "30m",
    value: "TIME",
    summary: "how old the newest finalized block may be for the pools' price to count",
    formerly: "priceAgeMax",
  },
  depthMin: {
    type: matching(/^[0-9]{1,39}$/, "a whole number of wei"),
    default: "1000000000000000000",
    value: "WEI",
    summary: "what must stand behind the pools' price: by how much they move a hundredth",
    formerly: "priceDepthMin",
  },
  feeds: {
    type: listOf(feed, "a list of feeds, each with name and urlFrom"),
    default: "",
    value: "JSON",
    summary:
      "sources of prices over HTTP: name, urlFrom, tokenFrom; without them the pools are the reference",
    formerly: "priceFeeds",
  },
  feedsMin: {
    type: wholeNumber(1, 32),
    default: 1,
    value: "N",
    summary: "feeds that must be fresh and agree",
    formerly: "feedsMin",
  },
  feedAgeMax: {
    type: duration("1s", "1d"),
    default: "2m",
    value: "TIME",
    summary: "how old a feed's price may be",
    formerly: "feedAgeMax",
  },
  feedOutlierPpm: millionths(
    "feedOutlierPpm",
    "a feed further than this from the median of all is left out, in millionths",
    50_000,
  ),
  feedDisagreementPpm: millionths(
    "feedDisagreementPpm",
    "feeds further apart than this give no price, in millionths",
    20_000,
  ),
} as const;

export const prices = objectOf<SettingsOf<typeof priceMembers>>(
  priceMembers,
  "what prices are compared with, and how far they may be apart",
);
