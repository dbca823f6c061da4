import { randomBytes } from "node:crypto";
import { keyHash } from "@trellis/platform/guard";
import type { ProcessIo } from "@trellis/platform/service";
import type { ServiceClient } from "@trellis/reserves/service/client";
import { openNodeClient } from "../openClient.ts";
import type { GuardVerbSettings } from "./settings.ts";

interface GuardState {
  readonly lowPriorityShare: number;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly bans: readonly {
    readonly network: string;
    readonly untilMs: number | null;
    readonly reason: string;
    readonly by: string | null;
  }[];
}

const PATH = "/v1/operations/guard";
const KEY_SIZE = 32;

export async function run(settings: GuardVerbSettings, io: ProcessIo): Promise<void> {
  if (settings.action === "key") return printKey(settings, io);
  const state = await changed(settings, await openNodeClient(settings, io));
  io.stdout.write(settings.json ? `${JSON.stringify(state)}\n` : textOf(state));
}

async function changed(
  { action, network = "", banTime, reason }: GuardVerbSettings,
  client: ServiceClient,
): Promise<GuardState> {
  if (action === "list") return client.get(PATH);
  if (action === "unban") {
    await client.remove(`${PATH}/bans?network=${encodeURIComponent(network)}`);
    return client.get(PATH);
  }
  return client.post(`${PATH}/bans`, { network, seconds: Math.round(banTime / 1_000), reason });
}

/** The key is shown only here: settings files contain its hash. */
function printKey({ json }: GuardVerbSettings, { stdout }: ProcessIo): void {
  const key = `trn_${randomBytes(KEY_SIZE).toString("base64url")}`;
  const facts = { key, keyHash: keyHash(key) };
  if (json) stdout.write(`${JSON.stringify(facts)}\n`);
  else stdout.write(`key      ${key}\nkeyHash  ${facts.keyHash}\n`);
}

function textOf({ lowPriorityShare, allow, deny, bans }: GuardState): string {
  const share = `${Math.round(lowPriorityShare * 100)} %`;
  const lines = [
    `limits of low-priority callers: ${share}`,
    `allowed networks: ${allow.join(", ") || "none"}`,
    `denied networks: ${deny.join(", ") || "none"}`,
    ...(bans.length === 0 ? ["bans: none"] : ["bans:"]),
    ...bans.map(({ network, untilMs, reason, by }) => {
      const until = untilMs === null ? "until lifted" : `until ${new Date(untilMs).toISOString()}`;
      return `  ${network}  ${until}  ${reason}  (${by ?? "automatic"})`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}
