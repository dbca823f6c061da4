import { bytesToHex, isTrellisError } from "@trellis/base";
import { decryptKeystore, parseKeystore } from "@trellis/crypto";
import { jsonFiles, suiteFolder } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";

/** ethereum/tests, KeyStoreTests. */
export const keystoreSuite: ConformanceSuite = {
  name: "keystore",
  async run(vectorsDir) {
    const failures: string[] = [];
    let passed = 0;
    for await (const { path, content } of jsonFiles(suiteFolder(vectorsDir, "ethereum/KeyStoreTests"))) {
      for (const [name, test] of Object.entries(content as Record<string, KeystoreTest>)) {
        const failure = await runCase(test);
        if (failure === undefined) passed++;
        else failures.push(`${path} ${name}: ${failure}`);
      }
    }
    return { passed, failed: failures.length, skipped: 0, failures };
  },
};

interface KeystoreTest {
  readonly json: object;
  readonly password: string;
  readonly priv: string;
}

async function runCase({ json, password, priv }: KeystoreTest): Promise<string | undefined> {
  const got = await open(json, password);
  if (got !== `0x${priv}`) return `got ${got}, expected 0x${priv}`;
  const refusal = await open(json, `${password}.`);
  return refusal === "KEYSTORE_PASSWORD_WRONG" ? undefined : `a wrong password gave ${refusal}`;
}

async function open(json: object, password: string): Promise<string> {
  try {
    return bytesToHex(await decryptKeystore(parseKeystore(JSON.stringify(json)), password));
  } catch (error) {
    if (isTrellisError(error)) return error.code;
    throw error;
  }
}
