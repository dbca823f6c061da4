import type { ProcessIo } from "@trellis/platform/service";
import { systemRandom } from "@trellis/platform/system";
import { trellisErrors } from "../../errors.ts";
import { openClient } from "../openClient.ts";
import type { ArbitrageSettings } from "./settings.ts";

interface Transfer {
  readonly account: string;
  readonly asset: string;
  readonly kind: string;
  readonly amount: string;
  readonly transactionHash: string;
  readonly block: { readonly height: number };
}

export async function book(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  const { operands, reason, json } = settings;
  if (reason === "") throw trellisErrors.USAGE_INVALID({ action: "book", expected: "--reason TEXT" });
  const transactionHashes = operands.map((hash) => hash.toLowerCase());
  const client = await openClient(settings, io);
  const body = { transactionHashes, reason };
  // A new idempotency key per call lets the user repeat the command until transactions are final.
  const key = Buffer.from(systemRandom.bytes(16)).toString("hex");
  const answer = await client.post<{ items: Transfer[] }>("/v1/transfers", body, key);
  io.stdout.write(json ? `${JSON.stringify(answer)}\n` : answer.items.map(lineOf).join(""));
}

function lineOf({ account, asset, kind, amount, transactionHash, block }: Transfer): string {
  return `${kind}  ${amount} of ${asset}  ${account}  block ${block.height}  ${transactionHash}\n`;
}
