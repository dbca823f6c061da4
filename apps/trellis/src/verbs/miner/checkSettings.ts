import { platformErrors } from "@trellis/platform";
import { isLoopbackHost } from "@trellis/platform/admission";
import type { MinerSettings } from "./settings.ts";

type Checked = Pick<MinerSettings, "address" | "apiKeyFrom" | "device" | "node" | "stream">;

/** What settings must not be together. @throws CONFIG_INVALID_VALUE */
export function checkSettings({ address, apiKeyFrom, device, node, stream }: Checked): void {
  if (address === "") refuse("address", "the address for rewards");
  if (device !== "cpu" && stream === "memory") refuse("device", "cpu: GPUs mine heavy and blake3");
  if (apiKeyFrom !== "" && node.some(isInTheClear))
    refuse("node", "wss:// for nodes of other machines, because they get the API key");
}

function isInTheClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return (protocol === "ws:" || protocol === "http:") && !isLoopbackHost(hostname);
}

function refuse(setting: string, expected: string): never {
  throw platformErrors.CONFIG_INVALID_VALUE({ setting, expected });
}
