import type { ProcessIo } from "@trellis/platform/service";
import { linesOf } from "../account/run.ts";
import { send } from "./send.ts";
import type { MessageSettings } from "./settings.ts";
import { status } from "./status.ts";

export async function run(settings: MessageSettings, io: ProcessIo): Promise<void> {
  const results = settings.action === "send" ? [await send(settings, io)] : await status(settings);
  const print = settings.json ? (result: object) => `${JSON.stringify(result)}\n` : linesOf;
  io.stdout.write(results.map(print).join(settings.json ? "" : "\n"));
}
