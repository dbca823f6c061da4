import { isTrellisError } from "@trellis/base";
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from "@trellis/reserves/log";
import { jsonFiles, suiteFolder } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";

/** transparency-dev/merkle. */
export const rfc6962Suite: ConformanceSuite = {
  name: "rfc6962",
  async run(vectorsDir) {
    const failures: string[] = [];
    let passed = 0;
    for await (const { path, content } of jsonFiles(suiteFolder(vectorsDir, "rfc6962"))) {
      const failure = check(content as Vector);
      if (failure === undefined) passed++;
      else failures.push(`${path}: ${failure}`);
    }
    return { passed, failed: failures.length, skipped: 0, failures };
  },
};

interface Common {
  readonly proof: readonly string[] | null;
  readonly desc: string;
  readonly wantErr: boolean;
}
interface Inclusion extends Common {
  readonly leafIdx: number;
  readonly leafHash: string;
  readonly root: string;
}
interface Roots extends Common {
  readonly root1: string;
  readonly root2: string;
}
type Vector =
  | (Inclusion & { readonly treeSize: number })
  | (Inclusion & { readonly start: number; readonly end: number })
  | (Roots & { readonly size1: number; readonly size2: number })
  | (Roots & { readonly start: number; readonly end: number; readonly size: number });

function check(vector: Vector): string | undefined {
  try {
    verify(vector);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return vector.wantErr ? undefined : `"${vector.desc}" was refused: ${error.code}`;
  }
  return vector.wantErr ? `"${vector.desc}" was accepted` : undefined;
}

function verify(vector: Vector): void {
  const proof = (vector.proof ?? []).map(fromBase64);
  if ("leafIdx" in vector) {
    const { leafIdx: index } = vector;
    const [root, leafHash] = [fromBase64(vector.root), fromBase64(vector.leafHash)];
    if ("treeSize" in vector) verifyInclusion({ leafHash, index, size: vector.treeSize, root, proof });
    else verifySubtreeInclusion({ leafHash, index, start: vector.start, end: vector.end, root, proof });
    return;
  }
  const [oldRoot, newRoot] = [fromBase64(vector.root1), fromBase64(vector.root2)];
  if ("size1" in vector) {
    verifyConsistency({ oldSize: vector.size1, oldRoot, newSize: vector.size2, newRoot, proof });
  } else {
    const { start, end, size } = vector;
    verifySubtreeConsistency({ start, end, size, subtreeRoot: oldRoot, root: newRoot, proof });
  }
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
