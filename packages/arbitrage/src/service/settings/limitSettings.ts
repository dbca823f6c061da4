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
  /** wei */
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
    if (!ADDRESS.test(word)) context.addIssue("addresses, each 0x and 40 hexadecimal digits");
    return word.toLowerCase() as Hex;
  }),
);

/** Changes by SIGHUP and API; the database has precedence. */
export function runtime<T extends object>(
  setting: T,
): T & { readonly isReloadable: true; readonly isRuntime: true } {
  return { ...setting, isReloadable: true, isRuntime: true };
}

/** Member that is a runtime setting under its former name. */
function changing<T extends Setting>(formerly: string, setting: T) {
  return { ...runtime(setting), formerly };
}

function wei(summary: string, ether: string) {
  return {
    type: matching(/^[0-9]{1,39}$/, "a whole number of wei"),
    default: ether,
    value: "WEI",
    summary,
  };
}

export const limitMembers = {
  threshold: changing("threshold", wei("what a trade's net profit must exceed", "0")),
  marginPpm: changing("marginPpm", {
    type: wholeNumber(0, 1_000_000),
    default: 10_000,
    value: "N",
    summary: "what a simulation may be wrong by, in millionths of the profit",
  }),
  tradeMax: changing("tradeMax", wei("the most that one trade may move", "1000000000000000000")),
  tokenDayMax: changing(
    "tokenDayMax",
    wei("the most that a day's trades may move of one token", "10000000000000000000"),
  ),
  tokenDayMaxOf: changing("tokenDayMaxOf", {
    type: listOf(tokenLimit, "a list of limits, each with token and dayMax"),
    default: "",
    value: "JSON",
    summary: "where that differs for a token: token, dayMax",
  }),
  chainDayMax: changing("chainDayMax", wei("the most that a day's trades may move", "10000000000000000000")),
  gasDayMax: changing("gasDayMax", wei("the most that a day's transactions may cost", "100000000000000000")),
  lossDayMax: changing("lossDayMax", wei("a day's net loss that stops trading", "50000000000000000")),
  gasPriceMax: changing("gasPriceMax", wei("the most for a unit of gas", "200000000000")),
  failuresMax: changing("failuresMax", {
    type: wholeNumber(1, 1_000),
    default: 5,
    value: "N",
    summary: "failures in a row that stop trading",
  }),
  dataAgeMax: changing("dataAgeMax", {
    type: duration("1s", "10m"),
    default: "30s",
    value: "TIME",
    summary: "how old the block may be in whose state a trade was found",
  }),
} as const;

export const screeningMembers = {
  allowTokens: changing("allowTokens", {
    type: addresses,
    default: "",
    value: "ADDR,…",
    summary: "only trades of these tokens are made; of all when not given",
  }),
  denyTokens: changing("denyTokens", {
    type: addresses,
    default: "",
    value: "ADDR,…",
    summary: "trades of these tokens are not made",
  }),
  denyPools: changing("denyPools", {
    type: addresses,
    default: "",
    value: "ADDR,…",
    summary: "trades through these pools are not made",
  }),
  denyAddresses: changing("denyAddresses", {
    type: addresses,
    default: "",
    value: "ADDR,…",
    summary: "trades that have to do with these addresses are not made",
  }),
  file: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary:
      "a file of denied addresses, one a line, as sanction lists come; read at the start and at each SIGHUP",
    isReloadable: true,
    formerly: "screeningFile",
  },
  counterpartyUrl: {
    type: matching(/^(?:https?:\/\/\S+)?$/, "an http:// or https:// address"),
    default: "",
    value: "URL",
    summary: "who is asked about the addresses of a trade before it is made; nobody when not given",
    formerly: "counterpartyUrl",
  },
  counterpartyKeyFrom: {
    ...reference("where the bearer token for counterpartyUrl is; none when not given"),
    formerly: "counterpartyKeyFrom",
  },
} as const;

export type Limits = SettingsOf<typeof limitMembers>;
export type Screening = SettingsOf<typeof screeningMembers>;

export const limits = objectOf<Limits>(limitMembers, "what bounds a trade and a day, and what stops trading");
export const screening = objectOf<Screening>(screeningMembers, "who may take part in trades");
