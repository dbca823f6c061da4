import { readFileSync } from "node:fs";
import { hexToBytes } from "@trellis/base";
import { verdictFacts, verdictText, verifyProofFile } from "@trellis/reserves/verify";

// tools/src/buildVerifier.ts bundles this file for Node.js 18 or newer.

const USAGE = `Verifies a proof of liabilities, without a network and without other files.

  node verify-proof.mjs FILE [RECORD [CUSTOMER]]

FILE      proof file as the custodian gave it, JSON or binary
RECORD    root record's hash as the custodian published it (0x and 64 digits):
          a proof that belongs to another record is refused. Without it the
          file is only checked in itself, which shows nothing of what was published
CUSTOMER  your customer id: a proof of anyone else is refused

Ends with 0 where the proof is valid, with 1 where it is refused, with 2 where it could not be read.
`;
const HASH = /^0x[0-9a-f]{64}$/i;

function main(given: readonly string[]): number {
  const [file, record, customerId] = given;
  if (file === "--help" || file === "-h") return said(process.stdout, USAGE, 0);
  if (file === undefined) return said(process.stderr, USAGE, 2);
  const wrong = wrongArgument(given);
  if (wrong !== undefined) return said(process.stderr, `${wrong}; --help shows the arguments\n`, 2);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return said(process.stderr, `not read: ${error instanceof Error ? error.message : error}\n`, 2);
  }
  const verdict = verifyProofFile(bytes, {
    ...(record === undefined ? {} : { recordHash: hexToBytes(record) }),
    ...(customerId === undefined ? {} : { customerId }),
  });
  const comparedWith = record === undefined ? undefined : "the record that you gave";
  if (verdict.isValid) return said(process.stdout, verdictText(verdictFacts(verdict), comparedWith), 0);
  const { code, level, error } = verdict;
  const place = level === undefined ? "" : `, at level ${level} (0 is the customer's own leaf)`;
  return said(process.stderr, `refused: ${error.message}${place}\n${code}\nhint: ${error.hint}\n`, 1);
}

function said(stream: NodeJS.WriteStream, text: string, status: number): number {
  stream.write(text);
  return status;
}

function wrongArgument([, record, customerId, extra]: readonly string[]): string | undefined {
  if (record !== undefined && !HASH.test(record))
    return `RECORD is not 0x and 64 hexadecimal digits: ${JSON.stringify(record.slice(0, 80))}`;
  if (extra === undefined) return undefined;
  const taken = `FILE, RECORD and CUSTOMER (${JSON.stringify(customerId)})`;
  return `nothing is expected after ${taken}: ${JSON.stringify(extra.slice(0, 80))}`;
}

process.exitCode = main(process.argv.slice(2));
