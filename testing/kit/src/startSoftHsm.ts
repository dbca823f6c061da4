import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestToken {
  readonly module: string;
  readonly token: string;
  readonly pin: string;
  readonly environment: Readonly<Record<string, string>>;
  generate(label: string, curve: "secp256k1" | "p256" | "ed25519"): Promise<void>;
  unplug(): void;
  plug(): void;
  stop(): void;
}

const MODULES = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/softhsm/libsofthsm.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];
const TOKEN = "trellis-test";
const PIN = "Canary-Pin-4711";
const CURVES = {
  secp256k1: "06052b8104000a",
  p256: "06082a8648ce3d030107",
  ed25519: "130c656477617264733235353139",
} as const;

export async function startSoftHsm(): Promise<TestToken | { readonly reason: string }> {
  const module = MODULES.find((path) => existsSync(path));
  if (module === undefined) return missing("SoftHSM 2 is not installed");
  try {
    await import("pkcs11js");
  } catch (error) {
    return missing(`pkcs11js is not built: ${error instanceof Error ? error.message : String(error)}`);
  }
  const folder = mkdtempSync(join(tmpdir(), "trellis-softhsm-"));
  const tokens = join(folder, "tokens");
  mkdirSync(tokens);
  const configuration = join(folder, "softhsm2.conf");
  writeFileSync(
    configuration,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const environment = { SOFTHSM2_CONF: configuration };
  Object.assign(process.env, environment);
  const options = ["--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", PIN];
  execFileSync("softhsm2-util", options, { env: { ...process.env }, stdio: "ignore" });
  return {
    module,
    token: TOKEN,
    pin: PIN,
    environment,
    generate: (label, curve) => generate(module, label, curve),
    unplug: () => renameSync(tokens, `${tokens}.away`),
    plug: () => renameSync(`${tokens}.away`, tokens),
    stop: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function missing(reason: string): { readonly reason: string } {
  console.warn(`PKCS #11 is not tested here: ${reason}`);
  return { reason };
}

/** Uses another process, because a process can initialise a module only once. */
async function generate(module: string, label: string, curve: keyof typeof CURVES): Promise<void> {
  const script = new URL("./softHsmKey.ts", import.meta.url).pathname;
  execFileSync(process.execPath, [script, module, TOKEN, label, CURVES[curve]], {
    env: { ...process.env, PIN },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
