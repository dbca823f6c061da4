import type { Setting } from "@trellis/platform/config";
import { reference } from "./reference.ts";

/** How workers of one wallet share their work. */
export interface QueueSettings {
  /** Where the address of a Redis server is; empty: PostgreSQL where that is the database, or the process. */
  readonly queueFrom: string;
}

export const queueSettings: { readonly [Key in keyof QueueSettings]: Setting<QueueSettings[Key]> } = {
  queueFrom: reference(
    "where the address of a Redis server is through which workers share trades; without, the database does",
  ),
};
