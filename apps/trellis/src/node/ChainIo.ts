import type { Log } from "@trellis/base";
import type { ServiceIo } from "@trellis/platform/service";

/** What a chain needs of its process, or of its thread. */
export type ChainIo = Pick<ServiceIo, "lifecycle" | "metrics" | "tracing"> & { readonly log: Log };
