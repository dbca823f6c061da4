import { existsSync, mkdirSync } from "node:fs";
import type { ProcessIo } from "@trellis/platform/service";
import { lockDirectory } from "@trellis/storage/lock";
import { placesOf } from "./places.ts";
import type { SignerAction, SignerSettings } from "./settings.ts";

type Action = (settings: SignerSettings, io: ProcessIo) => Promise<object>;

const actions: Readonly<Record<Exclude<SignerAction, "serve">, () => Promise<Action>>> = {
  init: async () => (await import("./init.ts")).init,
  client: async () => (await import("./init.ts")).client,
  renew: async () => (await import("./renew.ts")).renew,
  new: async () => (await import("./keys.ts")).newKey,
  import: async () => (await import("./keys.ts")).importKey,
  keys: async () => (await import("./keys.ts")).listKeys,
  rotate: async () => (await import("./rotateEnvelope.ts")).rotateEnvelope,
};

const CHANGES: ReadonlySet<SignerAction> = new Set(["new", "import", "rotate"]);

export async function run(settings: SignerSettings, io: ProcessIo): Promise<void> {
  if (settings.action === "serve") return;
  const act = await actions[settings.action]();
  const result = await (CHANGES.has(settings.action)
    ? alone(settings, () => act(settings, io))
    : act(settings, io));
  io.stdout.write(settings.json ? `${JSON.stringify(result)}\n` : textOf(result));
}

/**
 * A concurrent rotation could remove the envelope key under which this action stores a key. @throws
 * STORE_LOCKED
 */
async function alone(settings: SignerSettings, act: () => Promise<object>): Promise<object> {
  if (!existsSync(settings.dataDir)) return act();
  const { keys } = placesOf(settings);
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(keys);
  try {
    return await act();
  } finally {
    await lock.release();
  }
}

function textOf(result: object): string {
  if ("keys" in result && Array.isArray(result.keys)) {
    const lines = result.keys.map(({ id, publicKey }) => `${id.padEnd(24)}${publicKey}\n`);
    return lines.length === 0 ? "no keys\n" : lines.join("");
  }
  const width = Math.max(...Object.keys(result).map((name) => name.length)) + 2;
  return Object.entries(result)
    .map(
      ([name, value]) =>
        `${name.padEnd(width)}${typeof value === "object" ? JSON.stringify(value) : value}\n`,
    )
    .join("");
}
