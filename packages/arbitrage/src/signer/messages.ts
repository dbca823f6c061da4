import type { Hex } from "@trellis/base";
import type { UnsignedCall } from "@trellis/client";
import { signerErrors } from "@trellis/platform/keys";
import { z } from "zod";
import { jsonOf } from "./jsonOf.ts";

export const LINE_LENGTH_MAX = 16_384;
export const PROTOCOL = "trellis-signer/1";

const bytesText = (count: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${2 * count}}$`))
    .transform((text) => new Uint8Array(Buffer.from(text, "hex")));
const amount = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,77})$/)
  .transform(BigInt);
const hexText = z
  .string()
  .regex(/^0x(?:[0-9a-f]{2})*$/)
  .transform((text) => text as Hex);
const address = hexText.refine((text) => text.length === 42);
const counted = z.int().min(0);

const greeting = z.strictObject({ protocol: z.literal(PROTOCOL), challenge: bytesText(32) });
const envelope = z.strictObject({ id: counted.min(1), body: z.string(), mac: bytesText(32) });
const call = z.strictObject({
  chainId: counted,
  to: address,
  data: hexText,
  valueWei: amount,
  nonce: counted,
  gasLimit: amount,
  maxFeeWei: amount,
  maxTipWei: amount,
});
const request = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("hello") }),
  // Earlier engine versions send no wallet.
  z.strictObject({ do: z.literal("sign"), call, wallet: address.optional() }),
]);
const answer = z.union([
  z.strictObject({ wallet: address, former: address.optional() }),
  z.strictObject({
    signature: z.strictObject({ r: amount, s: amount, yParity: z.union([z.literal(0), z.literal(1)]) }),
  }),
  z.strictObject({ refused: z.string().max(64), facts: z.record(z.string(), z.string()) }),
]);

export type SignerRequest =
  | { readonly do: "hello" }
  | { readonly do: "sign"; readonly call: UnsignedCall; readonly wallet?: Hex | undefined };
export type SignerAnswer = z.output<typeof answer>;
export interface Envelope {
  readonly id: number;
  readonly body: string;
  readonly mac: Uint8Array;
}

/** Unauthenticated: a forged denial only closes the connection. */
export const DENIAL = '{"denied":"SIGNER_UNAUTHENTICATED"}';

export const parseGreeting = parserOf(greeting, "signer");
export const parseEnvelope = parserOf(envelope, "either");
export const parseRequest = parserOf(request, "engine");
export const parseAnswer = parserOf(answer, "signer");

export function writeMessage(message: object): string {
  return JSON.stringify(message, (_, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
  });
}

function parserOf<Schema extends z.ZodType>(
  schema: Schema,
  from: "engine" | "signer" | "either",
): (text: string) => z.output<Schema> {
  return (text) => {
    const read = schema.safeParse(jsonOf(text));
    if (read.success) return read.data;
    // Does not echo untrusted input.
    const [issue] = read.error.issues;
    const at = issue?.path.join(".").slice(0, 64) ?? "";
    throw signerErrors.SIGNER_MESSAGE_INVALID({ from, length: text.length, at });
  };
}
