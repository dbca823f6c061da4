import { z } from "zod";
import {
  list,
  listOf,
  matching,
  objectOf,
  type Setting,
  type SettingsOf,
  size,
  wholeNumber,
  wordOr,
} from "../../config/index.ts";
import type { Budget } from "../../cost/budgets.ts";
import { amount } from "../../cost/money.ts";
import type { Prices } from "../../cost/prices.ts";

const price = (summary: string) => ({
  type: amount,
  default: "0",
  value: "AMOUNT",
  summary,
  isReloadable: true,
});

const budget: z.ZodType<Budget> = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, { error: "1 to 64 letters, digits, . _ or -" }),
  tenant: z.string().min(1).max(128).optional(),
  month: amount,
});

/** As many as their metrics have labels. */
const BUDGETS_MAX = 64;
const budgets = listOf(budget, "a list of budgets, each with name and month, and optionally tenant")
  .refine(({ length }) => length <= BUDGETS_MAX, { error: `at most ${BUDGETS_MAX} budgets` })
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, { error: "different names" });

const percent = wholeNumber(1, 1_000);
const PERCENTS = { error: "different percentages, separated by commas" };
const percents = z
  .preprocess(
    (given) => (Array.isArray(given) ? given : list.safeParse(String(given)).data),
    z.array(percent, PERCENTS),
  )
  .refine((values) => new Set(values).size === values.length, PERCENTS) as z.ZodType<readonly number[]>;

/** Of services without a database of their own, too. */
export const usageSettings = {
  unitPrices: objectOf<Prices>(
    {
      currency: {
        type: matching(/^[A-Z]{3}$/, "a currency code of three letters"),
        default: "USD",
        value: "CODE",
        summary: "currency of all amounts (ISO 4217)",
        isReloadable: true,
      },
      cpuHour: price("price of an hour of processor time"),
      millionRequests: price("price of a million requests to the API"),
      gigabyte: price("price of 10^9 bytes transferred, in both directions"),
      gigabyteMonth: price("price of 10^9 bytes stored for a month"),
      gasToken: price("price of 10^18 wei of gas paid"),
    },
    "unit prices of usage; see docs/guides/cost.md",
  ),
  budgets: {
    type: budgets,
    default: "",
    value: "JSON",
    summary:
      "budgets per calendar month (UTC): name, month (amount), and tenant (a customer) or the whole service",
    isReloadable: true,
  },
  budgetThresholds: {
    type: percents,
    default: "50,80,100",
    value: "PERCENT,…",
    summary: "spent shares of a budget that are notified, once a month each",
    isReloadable: true,
  },
} satisfies Readonly<Record<string, Setting>>;

export type UsageSettings = SettingsOf<typeof usageSettings>;

export const costSettings = {
  ...usageSettings,
  databaseMax: {
    type: wordOr("", size("1MiB", "65536GiB"), "a size"),
    default: "",
    value: "SIZE",
    summary: "space for the PostgreSQL database, for the storage forecast; default: unknown",
    isReloadable: true,
  },
} satisfies Readonly<Record<string, Setting>>;

export type CostSettings = SettingsOf<typeof costSettings>;
