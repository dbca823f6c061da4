import type { BlockReader, EncodedJson } from "@trellis/protocol";
import type { CallDeadline } from "../guards/CallDeadline.ts";
import type { ExecuteLane } from "../guards/ExecuteLane.ts";
import type { ScanLane } from "../guards/ScanLane.ts";
import type { ReadLimits, ReadTask } from "../reading/ReadTask.ts";
import { isLight } from "./isLight.ts";
import type { ReadPool } from "./pool/ReadPool.ts";
import { runRead } from "./runRead.ts";

interface ReadPorts {
  readonly blocks: BlockReader;
  readonly scan: ScanLane;
  readonly workers: { readonly pool: ReadPool; readonly lane: ExecuteLane } | undefined;
}

/** Heavy reads run in workers, light reads in slices on this thread. [RPC-25] */
export class Reads {
  readonly #ports: ReadPorts;

  constructor(ports: ReadPorts) {
    this.#ports = ports;
  }

  async run(task: ReadTask, limits: ReadLimits, deadline: CallDeadline): Promise<EncodedJson> {
    const { blocks, scan, workers } = this.#ports;
    if (workers === undefined || isLight(blocks, task)) {
      return scan.run(deadline, (pacing) => runRead(blocks, task, limits, pacing));
    }
    const { lane, pool } = workers;
    return lane.run(deadline, (cancellation) => pool.run(task, limits, cancellation));
  }
}
