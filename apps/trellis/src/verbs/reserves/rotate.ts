import type { ProcessIo } from "@trellis/platform/service";
import { runJob } from "@trellis/reserves/service/client";
import { openClient } from "../openClient.ts";
import { print } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

interface Rotated {
  readonly rotatedCount: number;
  readonly masterKeys: readonly {
    readonly masterKey: string;
    readonly customerCount: number;
    readonly isNewest: boolean;
  }[];
}

export async function rotate(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const { rotatedCount, masterKeys } = await runJob<Rotated>(client, "/v1/key-rotations", {});
  const stillNeeded = masterKeys.filter(({ isNewest }) => !isNewest).map(({ masterKey }) => masterKey);
  print({ rotatedCount, isDone: stillNeeded.length === 0, stillNeeded, masterKeys }, settings, io);
}
