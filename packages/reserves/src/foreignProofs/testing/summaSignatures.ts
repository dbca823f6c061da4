import { hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { encodeAbiParameters } from "viem/utils";
import { normalizeEvmAddress } from "../../assets/evm/evmAddress.ts";
import { personalDigest, recoverSigner } from "../../assets/evm/recoverSigner.ts";
import { publishedErrors } from "../errors.ts";
import type { Weakness } from "../weaknesses.ts";

export interface SummaSignature {
  readonly chain: string;
  readonly address: string;
  readonly signature: string;
  readonly message: string;
}

const HEADER = "chain;address;signature;message";

export function readSummaSignatures(csv: string): SummaSignature[] {
  const [header, ...rows] = csv.split(/\r?\n/).filter((line) => line !== "");
  if (header !== HEADER || rows.length === 0)
    throw publishedErrors.PUBLISHED_FORMAT_INVALID({ format: "summa", header: (header ?? "").slice(0, 80) });
  return rows.map((row, index) => {
    const [chain = "", address = "", signature = "", ...message] = row.split(";");
    if (message.length === 0)
      throw publishedErrors.PUBLISHED_FORMAT_INVALID({ format: "summa", line: index + 2 });
    return { chain, address, signature, message: message.join(";") };
  });
}

/** EIP-191 over the Keccak-256 hash of the ABI-encoded text. */
export function verifySummaSignature({
  chain,
  address,
  signature,
  message,
}: SummaSignature): readonly Weakness[] {
  if (chain !== "ETH") throw publishedErrors.PUBLISHED_FORMAT_INVALID({ reason: "not supported", chain });
  const encoded = encodeAbiParameters([{ type: "string" }], [message]);
  const signer = recoverSigner(personalDigest(keccak256(hexToBytes(encoded))), signature);
  const expected = normalizeEvmAddress(address);
  if (signer !== expected)
    throw publishedErrors.PUBLISHED_PROOF_WRONG({
      reason: "a leaf is not the hash of its content",
      signer,
      expected,
    });
  return ["SIGNATURE_REPLAYABLE"];
}
