import { bytesEqual, bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import { decodeRlp, encodeRlp, type RlpInput, type RlpItem } from "@trellis/protocol";
import { jsonFiles, suiteFolder } from "./jsonFiles.ts";
import type { ConformanceResult, ConformanceSuite } from "./suite.ts";

/** ethereum/tests, RLPTests. */
export const rlpSuite: ConformanceSuite = {
  name: "rlp",
  async run(vectorsDir) {
    const failures: string[] = [];
    let passed = 0;
    for await (const { path, content } of jsonFiles(suiteFolder(vectorsDir, "ethereum/RLPTests"))) {
      for (const [name, test] of Object.entries(content as Record<string, RlpTest>)) {
        const failure = runCase(test);
        if (failure === undefined) passed++;
        else failures.push(`${path} ${name}: ${failure}`);
      }
    }
    return { passed, failed: failures.length, skipped: 0, failures } satisfies ConformanceResult;
  },
};

type JsonItem = string | number | readonly JsonItem[];

interface RlpTest {
  readonly in: JsonItem;
  readonly out: string;
}

function runCase({ in: input, out }: RlpTest): string | undefined {
  const encoded = hexToBytes(out.startsWith("0x") ? out : `0x${out}`);
  const decoded = tryDecode(encoded);
  if (input === "INVALID") return decoded === undefined ? undefined : "decoded what is invalid";
  if (decoded === undefined) return "refused what is valid";
  if (!bytesEqual(encodeRlp(decoded), encoded)) return "decoding and encoding gives other bytes";
  if (input === "VALID") return undefined;
  const got = encodeRlp(toInput(input));
  return bytesEqual(got, encoded) ? undefined : `encoded ${bytesToHex(got)}, expected ${out}`;
}

function tryDecode(encoded: Uint8Array): RlpItem | undefined {
  try {
    return decodeRlp(encoded);
  } catch (error) {
    if (isTrellisError(error)) return undefined;
    throw error;
  }
}

/** Large integers are "#" and decimal digits. */
function toInput(item: JsonItem): RlpInput {
  if (typeof item === "number") return item;
  if (typeof item !== "string") return item.map(toInput);
  return item.startsWith("#") ? BigInt(item.slice(1)) : new TextEncoder().encode(item);
}
