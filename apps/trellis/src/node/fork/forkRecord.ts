import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { trellisErrors } from "../../errors.ts";
import type { ForkBlock } from "./ForkReader.ts";

const hash = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{64}$/)]);
const count = z.int().nonnegative();
const record = z.strictObject({
  chainId: count,
  number: count,
  hash,
  stateRoot: hash,
  timestampMs: count,
  baseFee: z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .optional(),
});

/** @throws FILE_UNREADABLE */
export function readForkRecord(file: string): ForkBlock | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { baseFee, ...block } = parseForkRecord(readFileSync(file, "utf8"));
    return { ...block, baseFee };
  } catch (cause) {
    throw trellisErrors.FILE_UNREADABLE({ file, reason: "not the record of a forked block" }, cause);
  }
}

export function parseForkRecord(text: string) {
  return record.parse(JSON.parse(text));
}

export function writeForkRecord(file: string, { baseFee, ...block }: ForkBlock): void {
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.partial`;
  writeFileSync(partial, JSON.stringify({ ...block, baseFee: baseFee?.toString() }));
  renameSync(partial, file);
}
