import { isExecute } from "@trellis/arbitrage/signer";
import type { Hex } from "@trellis/base";
import type { CallRule, TransactionPolicy } from "@trellis/client";
import { z } from "zod";

const CALL_RULES = {
  "arbitrage-execute": isExecute,
} as const satisfies Readonly<Record<string, CallRule>>;

const wei = z
  .union([z.string().regex(/^[0-9]{1,39}$/), z.int().min(0)], { error: "a whole number of wei" })
  .transform((text) => BigInt(text));
const hexOrAny = (pattern: RegExp, expected: string) =>
  z
    .string({ error: expected })
    .regex(pattern, { error: expected })
    .transform((text) => text.toLowerCase() as Hex | "*");
const recipient = hexOrAny(/^(?:\*|0x[0-9a-fA-F]{40})$/, "an address, or *");
const selector = hexOrAny(/^(?:\*|0x|0x[0-9a-fA-F]{8})$/, "a selector of 4 bytes, 0x for no data, or *");
const DAY_COUNT = 5_000;
const DAY_WEI = "1000000000000000000";

export const transactionPolicy: z.ZodType<TransactionPolicy> = z.strictObject({
  chains: z.array(z.int().min(1)).min(1),
  recipients: z.array(recipient).min(1),
  selectors: z.array(selector).min(1),
  call: z
    .enum(Object.keys(CALL_RULES) as (keyof typeof CALL_RULES)[])
    .transform((name) => CALL_RULES[name])
    .optional(),
  valueWeiMax: wei,
  gasPriceWeiMax: wei,
  gasLimitMax: wei,
  signaturesPerDayMax: z.int().min(1).default(DAY_COUNT),
  dayWeiMax: wei.default(BigInt(DAY_WEI)),
});
