import { bytesToHex, hexToBytes, isTrellisError, type TrellisError } from "@trellis/base";
import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import { serverHashes } from "../../liabilities/hashes.ts";
import {
  decodeEither,
  hashRootRecord,
  liabilitiesErrors,
  type ProofFile,
  verifyProof,
} from "../../liabilities/verify/index.ts";
import type { SnapshotRecord } from "../../snapshots/index.ts";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { customerId, hash, snapshotId } from "../schemas/common.ts";
import { PUBLIC } from "./access.ts";

const PROOF_CHARS_MAX = 262_144;

const body = z.strictObject({
  file: z
    .string()
    .min(1)
    .max(PROOF_CHARS_MAX)
    .meta({ description: "JSON text, or the binary form as base64", examples: ["{}"] }),
  recordHash: hash.optional().meta({ description: "expected rootRecordHash, known to the caller" }),
  customerId: customerId
    .optional()
    .meta({ description: "customer that the file must prove", examples: ["alice"] }),
  customerKey: hash.optional().meta({
    description: "the customer's key, 32 bytes; salts and shares must derive from it",
    examples: [`0x${"ab".repeat(32)}`],
  }),
});

const answer = z.strictObject({
  isValid: z.boolean(),
  code: z.string().nullable().meta({ description: "why the proof is invalid" }),
  detail: z.string().nullable(),
  record: z
    .strictObject({
      snapshotId,
      rootRecordHash: hash.meta({ description: "of the record in the file" }),
      snapshot: z
        .int()
        .nullable()
        .meta({ description: "number of the snapshot that this service published with this record" }),
    })
    .nullable()
    .meta({ description: "record of the verified proof; null if the file is unreadable" }),
});
type Answer = z.input<typeof answer>;

/** Compares uploaded proofs with this service's records (LIAB-23). */
export function verificationRoute({ snapshots }: Pick<ReservesApiPorts, "snapshots">): Route {
  return defineRoute(
    {
      id: "verifyProof",
      method: "POST",
      path: "/v1/verification",
      tag: "proofs",
      summary: "Verifies a customer's proof file against the published record",
      description:
        "For convenience only. Customers who do not trust the custodian verify with the page or the program, which send nothing.",
      access: PUBLIC,
      body,
      answer: { status: 200, description: "the result of the verification", schema: answer },
      errors: ["PROOF_MALFORMED"],
      cost: 20,
    },
    async ({ body: given }) => {
      const proof = decoded(given.file);
      if (isTrellisError(proof)) return refusal(proof, null);
      const customers = new Set(proof.leaves.map((leaf) => leaf.customerId)).size;
      if (customers > 1)
        throw liabilitiesErrors.PROOF_MALFORMED({ reason: "proof of several customers", customers });
      const published = (await snapshots.recordOf(proof.record.snapshotId))?.record;
      return judged(proof, given, published);
    },
  );
}

function judged(
  proof: ProofFile,
  given: Pick<z.output<typeof body>, "recordHash" | "customerId" | "customerKey">,
  published: SnapshotRecord | undefined,
): Answer {
  const rootRecordHash = bytesToHex(hashRootRecord(serverHashes.sha256, proof.record));
  const id = bytesToHex(proof.record.snapshotId);
  const isPublished = published?.rootRecordHash === rootRecordHash;
  const record = { snapshotId: id, rootRecordHash, snapshot: isPublished ? published.number : null };
  const recordHash = published?.rootRecordHash ?? given.recordHash;
  if (recordHash === undefined)
    return refusal(
      liabilitiesErrors.PROOF_MISMATCH({ reason: "snapshot not published", snapshotId: id }),
      record,
    );
  if (given.recordHash !== undefined && given.recordHash !== rootRecordHash) {
    const facts = { got: rootRecordHash, expected: given.recordHash };
    return refusal(liabilitiesErrors.PROOF_MISMATCH({ reason: "different root record", ...facts }), record);
  }
  const expected = {
    recordHash: hexToBytes(recordHash),
    ...(given.customerId === undefined ? {} : { customerId: given.customerId }),
    ...(given.customerKey === undefined ? {} : { userKey: hexToBytes(given.customerKey) }),
  };
  const verdict = verifyProof(proof, expected, serverHashes);
  return verdict.isValid
    ? { isValid: true, code: null, detail: null, record }
    : refusal(verdict.error, record);
}

function refusal({ code, message }: TrellisError, record: Answer["record"]): Answer {
  return { isValid: false, code, detail: message, record };
}

function decoded(file: string): ProofFile | TrellisError {
  const isJson = file.trimStart().startsWith("{");
  try {
    return decodeEither(new Uint8Array(Buffer.from(file, isJson ? "utf8" : "base64")));
  } catch (error) {
    if (isTrellisError(error)) return error;
    throw error;
  }
}
