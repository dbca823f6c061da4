import type { Hex } from "@trellis/base";
import {
  duration,
  list,
  listOf,
  matching,
  objectOf,
  path,
  type Setting,
  type SettingsOf,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import { reference } from "@trellis/platform/service/settings";
import { z } from "zod";

interface TokenLimit {
  readonly token: Hex;
  readonly dayMax: string;
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const NUMBER = /^[1-9][0-9]{0,38}$/;
export const addressText = z.string().regex(ADDRESS, { error: "0x and 40 hexadecimal digits" });
export const lowerAddress = addressText.transform((text) => text.toLowerCase() as Hex);
export const amountText = z.string().regex(NUMBER, { error: "a whole number as text, at least 1" });

const tokenLimit: z.ZodType<TokenLimit> = z.strictObject({ token: lowerAddress, dayMax: amountText });

export const addresses = list.transform((words, context): readonly Hex[] =>
  words.map((word) => {
    if (!ADDRESS.test(word)) context.addIssue("addresses of 0x and 40 hexadecimal digits");
    return word.toLowerCase() as Hex;
  }),
);

/** Marks a setting that SIGHUP and the API can change; values in the database take precedence. */
export function runtime<T extends object>(
  setting: T,
): T & { readonly isReloadable: true; readonly isRuntime: true } {
  return { ...setting, isReloadable: true, isRuntime: true };
}

function changing<T extends Setting>(formerly: string, setting: T) {
  return { ...runtime(setting), formerly };
}

function weiSetting(summary: string, defaultWei: string) {
  return {
    type: matching(/^[0-9]{1,39}$/, "a whole number of wei"),
    default: defaultWei,
    value: "WEI",
    summary,
  };
}

export const limitMembers = {
  threshold: changing("threshold", weiSetting("net profit that a trade must exceed, in wei", "0")),
  marginPpm: changing("marginPpm", {
    type: wholeNumber(0, 1_000_000),
    default: 10_000,
    value: "N",
    summary: "safety margin for simulation errors, in ppm of the profit",
  }),
  tradeMax: changing("tradeMax", weiSetting("maximum volume of a trade, in wei", "1000000000000000000")),
  tokenDayMax: changing(
    "tokenDayMax",
    weiSetting("maximum daily volume of a token, in wei", "10000000000000000000"),
  ),
  tokenDayMaxOf: changing("tokenDayMaxOf", {
    type: listOf(tokenLimit, "a list of limits, each with token and dayMax"),
    default: "",
    value: "JSON",
    summary: "maximum daily volume of individual tokens: token, dayMax (wei)",
  }),
  chainDayMax: changing(
    "chainDayMax",
    weiSetting("maximum daily volume of all trades, in wei", "10000000000000000000"),
  ),
  gasDayMax: changing("gasDayMax", weiSetting("maximum daily gas cost, in wei", "100000000000000000")),
  lossDayMax: changing(
    "lossDayMax",
    weiSetting("daily net loss that stops trading, in wei", "50000000000000000"),
  ),
  gasPriceMax: changing("gasPriceMax", weiSetting("maximum gas price, in wei", "200000000000")),
  failuresMax: changing("failuresMax", {
    type: wholeNumber(1, 1_000),
    default: 5,
    value: "N",
    summary: "consecutive failures that stop trading",
  }),
  dataAgeMax: changing("dataAgeMax", {
    type: duration("1s", "10m"),
    default: "30s",
    value: "TIME",
    summary: "maximum age of the block on which a trade is based",
  }),
} as const;

export const screeningMembers = {
  allowTokens: changing("allowTokens", {
    type: addresses,
    default: "",
    value: "ADDR,…",
    summary: "allowed tokens; default: all",
  }),
  denyTokens: changing("denyTokens", {
    type: addresses,
    default: "",
    value: "ADDR,…",
    summary: "denied tokens",
  }),
  denyPools: changing("denyPools", {
    type: addresses,
    default: "",
    value: "ADDR,…",
    summary: "denied pools",
  }),
  denyAddresses: changing("denyAddresses", {
    type: addresses,
    default: "",
    value: "ADDR,…",
    summary: "denied addresses, in any role in a trade",
  }),
  file: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "file of denied addresses, such as a sanctions list, one per line; reread on SIGHUP",
    isReloadable: true,
    formerly: "screeningFile",
  },
  counterpartyUrl: {
    type: matching(/^(?:https?:\/\/\S+)?$/, "an http:// or https:// address"),
    default: "",
    value: "URL",
    summary: "URL that screens the addresses of a trade before execution; default: none",
    formerly: "counterpartyUrl",
  },
  counterpartyKeyFrom: {
    ...reference("reference to the bearer token for counterpartyUrl; default: none"),
    formerly: "counterpartyKeyFrom",
  },
} as const;

export type Limits = SettingsOf<typeof limitMembers>;
export type Screening = SettingsOf<typeof screeningMembers>;

export const limits = objectOf<Limits>(limitMembers, "limits per trade and per day, and circuit breakers");
export const screening = objectOf<Screening>(screeningMembers, "screening of tokens, pools and addresses");
