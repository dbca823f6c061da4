import type { Hex } from "@trellis/base";
import {
  duration,
  list,
  listOf,
  matching,
  oneOf,
  path,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import {
  type AuthenticationSettings,
  authenticationSettings,
  type CostSettings,
  costSettings,
  type DrainSettings,
  drainSettings,
  type GuardSettings,
  guardSettings,
  type OperationSettings,
  operationSettings,
  reference,
  type ServiceSettings,
  secretPlace,
  serviceSettings,
  type TlsSettings,
  tlsSettings,
} from "@trellis/platform/service/settings";
import { z } from "zod";
import { backtestSettings } from "./backtestSettings.ts";
import {
  addresses,
  addressText,
  amountText,
  type Limits,
  limitMembers,
  limits,
  lowerAddress,
  runtime,
  type Screening,
  screening,
  screeningMembers,
} from "./limitSettings.ts";
import { prices, sourceName } from "./priceSettings.ts";
import { signerSettings } from "./signerSettings.ts";

export type FactorySetting = { readonly address: string; readonly fromBlock: number } & (
  | {
      readonly kind: "uniswap-v2" | "uniswap-v3";
      readonly initCodeHash: string;
      readonly feePpm: number;
    }
  | {
      readonly kind: "balancer-weighted";
      readonly vault: string;
      /** False for the first factory versions. */
      readonly exactPowers: boolean;
    }
);

interface ProfitTokenSetting {
  readonly address: string;
  readonly amount: string;
  readonly wei: string;
}

interface RelaySetting {
  readonly name: string;
  /** May contain a credential. */
  readonly urlFrom: string;
  /** Has the form of `walletKeyFrom`; empty: unsigned. */
  readonly signingKeyFrom: string;
  readonly signingPasswordFrom: string;
}

interface LivePermit {
  readonly chain: number;
  readonly wallet: Hex;
  readonly dayMax: string;
}

/** Same address on all chains. */
const BALANCER_VAULT = "0xBA12222222228d8Ba445958a75a0704d566BF2C8";
const anyFactory = { address: addressText, fromBlock: z.int().min(0).default(0) };
const factory: z.ZodType<FactorySetting> = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.enum(["uniswap-v2", "uniswap-v3"]),
      ...anyFactory,
      initCodeHash: z.string().regex(/^0x[0-9a-fA-F]{64}$/, { error: "0x and 64 hexadecimal digits" }),
      feePpm: z.int().min(0).max(999_999).default(3_000),
    }),
    z.strictObject({
      kind: z.literal("balancer-weighted"),
      ...anyFactory,
      vault: addressText.default(BALANCER_VAULT),
      exactPowers: z.boolean().default(true),
    }),
  ],
  { error: "uniswap-v2, uniswap-v3 or balancer-weighted" },
);
const profitToken: z.ZodType<ProfitTokenSetting> = z.strictObject({
  address: addressText,
  amount: amountText.default("1"),
  wei: amountText.default("1"),
});

const optionalAddress = matching(/^(?:0x[0-9a-fA-F]{40})?$/, "0x and 40 hexadecimal digits");

const optionalPlace = z.union([z.literal(""), secretPlace]).default("");
const relay: z.ZodType<RelaySetting> = z.strictObject({
  name: sourceName,
  urlFrom: secretPlace,
  signingKeyFrom: optionalPlace,
  signingPasswordFrom: optionalPlace,
});
const livePermit: z.ZodType<LivePermit> = z.strictObject({
  chain: z.int().min(1),
  wallet: lowerAddress,
  dayMax: amountText,
});
const chainSettings = {
  rpcFrom: reference("reference to the node URLs of the chain, separated by commas"),
  quorum: {
    type: wholeNumber(0, 64),
    default: 0,
    value: "N",
    summary: "number of nodes that must agree; 0: majority",
  },
  chain: { type: wholeNumber(1, Number.MAX_SAFE_INTEGER), default: 1, value: "N", summary: "chain id" },
  factories: {
    type: listOf(factory, "a list of factories, each with kind, address and, of Uniswap's, initCodeHash"),
    default: "",
    value: "JSON",
    summary:
      "factories of followed pools: kind, address, fromBlock; uniswap-v2 and uniswap-v3: initCodeHash; v2: feePpm; balancer-weighted: vault, exactPowers (false for the first factories)",
  },
  curvePools: {
    type: addresses,
    default: "",
    value: "ADDR,…",
    summary: "addresses of Curve plain pools to follow, which have no factory",
  },
  tokens: {
    type: list,
    default: "",
    value: "ADDR,…",
    summary: "tokens to trade; only pools with two of them are followed; default: all",
  },
  profitTokens: {
    type: listOf(profitToken, "a list of tokens, each with address, and amount and wei"),
    default: "",
    value: "JSON",
    summary: "profit tokens, preferred first: `amount` base units are worth `wei`; default: 1 and 1",
  },
  multicall: {
    type: optionalAddress,
    default: "",
    value: "ADDR",
    summary: "address of Multicall3; default: single calls",
  },
} as const;

const tradeSettings = {
  live: runtime({
    type: toggle,
    default: false,
    summary: "live trading; false: paper trading, without signing and sending",
  }),
  liveFor: runtime({
    type: listOf(livePermit, "a list of permits, each with chain, wallet and dayMax"),
    default: "",
    value: "JSON",
    summary:
      "permits of live trading: chain, wallet, dayMax (wei per day); default: this chain and wallet, up to limits.chainDayMax",
  }),
  owner: {
    type: optionalAddress,
    default: "",
    value: "ADDR",
    summary: "owner of the Arbitrageur contract, who receives profits; default: the wallet",
  },
  wallet: {
    type: optionalAddress,
    default: "",
    value: "ADDR",
    summary: "address of the executing wallet; default: the signer's wallet, in paper trading the owner",
    isReloadable: true,
    needsSignal: true,
  },
  relays: {
    type: listOf(relay, "a list of relays, each with name and urlFrom"),
    default: "",
    value: "JSON",
    summary:
      "private relays (eth_sendPrivateTransaction): name, urlFrom; for signed requests also signingKeyFrom, signingPasswordFrom; each transaction goes to all relays; default: public mempool",
  },
  l1Fee: {
    type: oneOf(["none", "op-stack"]),
    default: "none",
    value: "none|op-stack",
    summary: "data fee of the chain in addition to gas; op-stack: read from GasPriceOracle",
  },
  confirmations: {
    type: wholeNumber(0, 100_000),
    default: 0,
    value: "N",
    summary: "confirmations that make a block final; 0: use the chain's finalized block",
  },
  poll: {
    type: duration("20ms", "1m"),
    default: "250ms",
    value: "TIME",
    summary: "interval between polls of the chain",
  },
  window: {
    type: wholeNumber(1, 255),
    default: 1,
    value: "N",
    summary: "number of blocks after detection that may include a trade",
  },
  killFile: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "kill switch: trading stops while this file exists",
  },
} as const;

const notificationSettings = {
  notify: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary:
      "JSON file of notification receivers (e-mail, chat) for stopped trading and differing books; default: none",
  },
  allowPrivateWebhooks: {
    type: toggle,
    default: false,
    summary: "allow notifications to http and private addresses, for development",
  },
} as const;

const ownSettings = {
  ...chainSettings,
  ...tradeSettings,
  limits,
  screening,
  ...notificationSettings,
  ...signerSettings,
  prices,
  queueFrom: reference("reference to the Redis URL of the workers' queue; default: queue in the database"),
  ...backtestSettings,
} as const;

/**
 * Paths are absolute, times in ms, amounts in wei, shares in millionths. Settings that end with `From` are
 * `env:NAME`, `file:PATH`, `vault:MOUNT/PATH#FIELD` or empty.
 */
export type ArbitrageServiceSettings = ServiceSettings &
  AuthenticationSettings &
  GuardSettings &
  TlsSettings &
  CostSettings &
  OperationSettings &
  DrainSettings &
  SettingsOf<typeof ownSettings>;

export const arbitrageServiceDefinition: SettingsDefinition<ArbitrageServiceSettings> = {
  section: "arbitrage",
  settings: {
    ...ownSettings,
    ...serviceSettings("arbitrage", 8091),
    ...authenticationSettings,
    ...guardSettings,
    ...tlsSettings,
    ...costSettings,
    ...operationSettings,
    ...drainSettings,
    logLevel: { ...operationSettings.logLevel, isRuntime: true },
    logLevels: { ...operationSettings.logLevels, isRuntime: true },
  },
};

export interface RuntimeArbitrageSettings extends ArbitrageServiceSettings, Limits, Screening {}

export const runtimeArbitrageDefinition: SettingsDefinition<RuntimeArbitrageSettings> = {
  section: "arbitrage",
  settings: { ...limitMembers, ...screeningMembers, ...arbitrageServiceDefinition.settings },
};

export const ARBITRAGE_SETTINGS_SCHEMA = "arbitrage_settings";
