import type { ProcessIo } from "@trellis/platform/service";
import { ServiceClient } from "@trellis/reserves/service/client";
import { readApiKey } from "../reserves/readApiKey.ts";
import type { ArbitrageSettings } from "./settings.ts";

export async function arbitrageClient(
  { url, apiKeyFrom }: Pick<ArbitrageSettings, "url" | "apiKeyFrom">,
  io: ProcessIo,
): Promise<ServiceClient> {
  return new ServiceClient(url, await readApiKey(apiKeyFrom, io));
}
