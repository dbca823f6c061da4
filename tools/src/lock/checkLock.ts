import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../finding.ts";
import { undeniedScripts, unknownScripts } from "./installScripts.ts";
import { danglingOptionals, type Lock, packagesWithEngines, registryUrls, trimLock } from "./trimLock.ts";

const FILE = "package-lock.json";

export function checkLock(root: string, write: boolean): Finding[] {
  const path = join(root, FILE);
  const lock: Lock = JSON.parse(readFileSync(path, "utf8"));
  if (write && trimLock(lock) > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return [
    ...danglingOptionals(lock).map(({ owner, name }) => ({
      rule: "lock-dangling",
      message: `${owner} names the optional package ${name}, which the lock does not hold: run \`npm run check -- --write\``,
    })),
    ...packagesWithEngines(lock).map((owner) => ({
      rule: "lock-engines",
      message: `${owner || "the root"} says which Node it needs, and npm on an older one warns of it: run \`npm run check -- --write\``,
    })),
    ...registryUrls(lock).map(({ owner, url }) => ({
      rule: "lock-registry",
      message: `${owner} names ${new URL(url).host}: keep omit-lockfile-registry-resolved=true in .npmrc and install again`,
    })),
    ...unknownScripts(lock).map((name) => ({
      rule: "install-script",
      message: `${name} runs a script when it is installed: take a package that needs none, or say in tools/src/lock/installScripts.ts why it works without`,
    })),
    ...undeniedScripts(manifest.allowScripts ?? {}).map((name) => ({
      rule: "install-script",
      message: `allowScripts in package.json and tools/src/lock/installScripts.ts disagree about ${name}`,
    })),
  ].map(({ rule, message }) => ({ file: FILE, line: 0, rule, message }));
}
