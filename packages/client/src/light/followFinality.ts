import { type Hex, quantityToHex } from "@trellis/base";
import { AnswerReader } from "../evm/AnswerReader.ts";
import { lightErrors } from "./errors.ts";
import type {
  Certificate,
  CertifiedHeader,
  FinalityProof,
  LightRules,
  TrustedFinality,
} from "./FinalityProof.ts";
import { verifyChange, verifyCheckpoint } from "./verifyCheckpoint.ts";

type Request = (method: string, params: readonly unknown[]) => Promise<unknown>;

/**
 * Returns the newest proven checkpoint, or `from` if none is newer.
 * @throws NODE_UNREACHABLE, LIGHT_EPOCH_SKIPPED, errors of verifyChange
 */
export async function followFinality(
  node: { readonly name: string; readonly request: Request },
  from: TrustedFinality,
  rules: LightRules,
): Promise<TrustedFinality> {
  let trusted = from;
  for (;;) {
    const { epoch } = trusted.voters;
    const { changes, newest } = await ask(node, epoch);
    for (const change of changes) trusted = verifyChange(trusted, change, rules);
    if (newest !== undefined && newest.certificate.height > trusted.checkpoint.height) {
      trusted = verifyCheckpoint(trusted, newest, rules);
    }
    if (newest !== undefined) return trusted;
    if (changes.length === 0) throw lightErrors.LIGHT_EPOCH_SKIPPED({ node: node.name, known: epoch });
  }
}

async function ask(
  { name, request }: Parameters<typeof followFinality>[0],
  epoch: number,
): Promise<FinalityProof> {
  const read = new AnswerReader(name);
  const answer = read.object(
    await request("trellis_getFinalityProof", [quantityToHex(epoch)]),
    "proof of finality",
  );
  const checkpoint = (value: unknown): CertifiedHeader => {
    const { header, certificate } = read.object(value, "checkpoint");
    return { header: read.hex(header, "header"), certificate: certificateOf(certificate) };
  };
  const certificateOf = (value: unknown): Certificate => {
    const { step, ...fields } = read.object(value, "certificate");
    return {
      epoch: read.count(fields.epoch, "epoch"),
      height: read.count(fields.height, "height"),
      round: read.count(fields.round, "round"),
      step: step === "precommit" ? step : "prevote",
      value: read.hex(fields.value, "block hash", 32),
      bitmap: read.hex(fields.bitmap, "signers"),
      signature: read.hex(fields.signature, "signature", 96),
    };
  };
  return {
    changes: read.list(answer.changes, "changes").map((value) => {
      const { epoch: next, nodes } = read.object(value, "change");
      const hexNodes = read.list(nodes, "trie nodes").map((node): Hex => read.hex(node, "trie node"));
      return { ...checkpoint(value), epoch: read.count(next, "epoch"), nodes: hexNodes };
    }),
    newest: answer.newest === null ? undefined : checkpoint(answer.newest),
  };
}
