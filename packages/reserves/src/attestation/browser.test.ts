import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHeadSigner } from "../log/signers.ts";
import { signHead } from "../log/signHead.ts";
import * as logVerifier from "../log/verify.ts";
import { refusal } from "../testing/refusal.ts";
import { createAttestation, signAttestation } from "./index.ts";
import { attestationInput, attestedRecord } from "./testing/attestationInput.ts";
import * as verifier from "./verify.ts";

const IMPORT = /(?:from|import)\s+"([^"]+)"/g;
const PORTABLE = /^(?:@noble\/|@scure\/base$|zod$|@trellis\/base$)/;

function strangers(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(file, "utf8").replace(/^import type .*$/gm, "");
  return [...text.matchAll(IMPORT)].flatMap(([, specifier = ""]) => {
    const local = join(dirname(file), specifier);
    if (specifier.startsWith(".") && existsSync(local)) return strangers(local, seen);
    return PORTABLE.test(specifier) ? [] : [`${specifier} by ${file}`];
  });
}

describe.each(["../log/verify.ts", "./verify.ts"])("%s", (path) => {
  it("loads no module of Node.js", () => {
    expect(strangers(fileURLToPath(new URL(path, import.meta.url)))).toEqual([]);
  });
});

describe("without Buffer", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("verifies heads, proofs and attestations", async () => {
    const signer = createHeadSigner("exchange.example", "ed25519", new Uint8Array(32).fill(1));
    const entry = { type: "audit", body: { a: 1 } } as const;
    const leaf = logVerifier.leafHash(logVerifier.encodeEntry(entry));
    const head = await signHead({ origin: "exchange.example", size: 1, root: leaf, timeMs: 1 }, [signer]);
    const text = await signAttestation(createAttestation(attestationInput), [signer]);
    vi.stubGlobal("Buffer", undefined);
    const trust = { origin: "exchange.example", logKeys: [signer.key] };
    expect(logVerifier.verifyHead(head, trust).size).toBe(1);
    logVerifier.verifyInclusion({ leafHash: leaf, index: 0, size: 1, root: leaf, proof: [] });
    logVerifier.verifyConsistency({ oldSize: 1, oldRoot: leaf, newSize: 1, newRoot: leaf, proof: [] });
    const { attestation } = verifier.verifyAttestation(text, {
      custodian: "exchange.example",
      keys: [signer.key],
      record: attestedRecord,
    });
    expect(attestation.isCovered).toBe(true);
    const other = { custodian: "other", keys: [], record: attestedRecord };
    expect(() => verifier.verifyAttestation(text, other)).toThrowError(
      refusal("ATTESTATION_REFUSED: does not match the custodian's snapshot record"),
    );
  });
});
