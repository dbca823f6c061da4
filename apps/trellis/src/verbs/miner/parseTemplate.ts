import { hexToBytes } from "@trellis/base";
import type { PowParameters } from "@trellis/mining";
import { z } from "zod";

const QUANTITY = z
  .string()
  .regex(/^0x[0-9a-f]{1,64}$/)
  .transform(BigInt);

const template = z.object({
  id: z.string().regex(/^0x[0-9a-f]{64}$/),
  sealRoot: z.string().regex(/^0x[0-9a-f]{64}$/),
  target: QUANTITY,
  algorithm: z.enum(["memory", "heavy", "blake3"]),
  memoryKiB: z.int(),
  passes: z.int(),
  miner: z.string(),
  subsidyWei: QUANTITY,
});

export interface MinedTemplate {
  readonly id: string;
  readonly sealRoot: Uint8Array;
  readonly target: bigint;
  readonly parameters: PowParameters;
  readonly subsidyWei: bigint;
}

/** Undefined: no template of this miner and algorithm. Whether the seal root is the header's is the node's word. */
export function parseTemplate(
  value: unknown,
  { address, algorithm }: { readonly address: string; readonly algorithm: PowParameters["algorithm"] },
): MinedTemplate | undefined {
  const { data } = template.safeParse(value);
  if (data === undefined || data.miner !== address || data.algorithm !== algorithm) return undefined;
  const { id, sealRoot, target, memoryKiB, passes, subsidyWei } = data;
  const parameters = { algorithm, memoryKiB, passes };
  return { id, sealRoot: hexToBytes(sealRoot as `0x${string}`), target, parameters, subsidyWei };
}
