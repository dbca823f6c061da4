import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { goSdk } from "./sdks/goSdk.ts";
import { pythonSdk } from "./sdks/pythonSdk.ts";
import { readModel } from "./sdks/readModel.ts";
import { typescriptSdk } from "./sdks/typescriptSdk.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export async function buildSdks(root = ROOT): Promise<void> {
  const { describeArbitrageApi } = await import("@trellis/arbitrage/api");
  const { describeReservesApi } = await import("@trellis/reserves/api");
  const model = readModel(describeReservesApi());
  write(join(root, "packages/client/generated/reservesOperations.ts"), typescriptSdk(model));
  const arbitrage = readModel(describeArbitrageApi());
  write(join(root, "packages/client/generated/arbitrageOperations.ts"), typescriptSdk(arbitrage));
  const generated = join(root, "sdk/generated");
  rmSync(generated, { recursive: true, force: true });
  for (const language of ["python", "go"]) {
    cpSync(join(ROOT, "sdk", language), join(generated, language), { recursive: true });
  }
  write(join(generated, "python/trellis_reserves/operations.py"), pythonSdk(model));
  write(join(generated, "go/operations.go"), goSdk(model));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
