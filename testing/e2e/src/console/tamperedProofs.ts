interface ProofJson {
  record: Record<string, unknown> & { totals: string[]; depth: number };
  assets: { id: string; decimals: number }[];
  leaves: { customerId: string; salt: string; position: number; sums: string[] }[];
  siblings: { hash: string; sums: string[] }[];
}

interface Tampered {
  readonly what: string;
  readonly code: string;
  readonly level: number | undefined;
  readonly text: string;
}

/** The two leaves are in different halves of the tree, so each level below the root has two siblings. */
export function tamperedProofs(proof: string): readonly Tampered[] {
  const { depth } = (JSON.parse(proof) as ProofJson).record;
  const change = (
    what: string,
    code: string,
    level: number | undefined,
    edit: (file: ProofJson) => void,
  ): Tampered => {
    const file = JSON.parse(proof) as ProofJson;
    edit(file);
    return { what, code, level, text: JSON.stringify(file) };
  };
  const more = (text: string): string => String(BigInt(text) + 1n);
  const flipped = (hash: string): string => hash.slice(0, -1) + (hash.endsWith("0") ? "1" : "0");
  return [
    change("a balance", "PROOF_ROOT_MISMATCH", depth, ({ leaves: [leaf] }) => {
      leaf!.sums[0] = more(leaf!.sums[0]!);
    }),
    change("the customer", "PROOF_ROOT_MISMATCH", depth, ({ leaves: [leaf] }) => {
      leaf!.customerId = "customer-0008";
    }),
    change("the salt", "PROOF_ROOT_MISMATCH", depth, ({ leaves: [leaf] }) => {
      leaf!.salt = flipped(leaf!.salt);
    }),
    change("the position", "PROOF_ROOT_MISMATCH", depth, ({ leaves: [leaf] }) => {
      leaf!.position ^= 1;
    }),
    change("a position outside", "PROOF_PATH_INVALID", 0, ({ leaves: [leaf] }) => {
      leaf!.position = 2 ** depth;
    }),
    change("a sibling's hash", "PROOF_ROOT_MISMATCH", depth, ({ siblings }) => {
      siblings[1]!.hash = flipped(siblings[1]!.hash);
    }),
    change("a sibling's sum", "PROOF_ROOT_MISMATCH", depth, ({ siblings }) => {
      siblings[2]!.sums[0] = more(siblings[2]!.sums[0]!);
    }),
    change("a sum that overflows", "SUM_OVERFLOW", 2, ({ siblings }) => {
      siblings[3]!.sums[0] = String(2n ** 128n - 1n);
    }),
    change("a sibling that is missing", "PROOF_PATH_INVALID", depth - 2, ({ siblings }) => {
      siblings.pop();
    }),
    change("a sibling too many", "PROOF_PATH_INVALID", depth, ({ siblings }) => {
      siblings.push(siblings[0]!);
    }),
    change("the decimals", "PROOF_MISMATCH", undefined, ({ assets: [asset] }) => {
      asset!.decimals += 1;
    }),
    change("a total", "PROOF_ROOT_MISMATCH", depth, ({ record }) => {
      record.totals[0] = more(record.totals[0]!);
    }),
    change("the root", "PROOF_ROOT_MISMATCH", depth, ({ record }) => {
      record.root = flipped(String(record.root));
    }),
    { what: "truncated", code: "PROOF_MALFORMED", level: undefined, text: proof.slice(0, proof.length / 2) },
  ];
}
