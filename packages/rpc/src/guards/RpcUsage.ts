import type { Socket } from "node:net";
import { transferSince } from "@trellis/platform/admission";
import type { RpcCaller } from "./RpcGuard.ts";

/** [COST-1] */
export interface RpcUsage {
  /** @param caller undefined: not identified @param calls 0 for further bytes of calls that were counted */
  count(caller: RpcCaller | undefined, bytesIn: number, bytesOut: number, calls: number): void;
}

export function countUsage(
  usage: RpcUsage | undefined,
  socket: Socket,
  caller: RpcCaller | undefined,
  calls: number,
): void {
  if (usage === undefined) return;
  const { bytesIn, bytesOut } = transferSince(socket);
  if (calls > 0 || bytesIn > 0 || bytesOut > 0) usage.count(caller, bytesIn, bytesOut, calls);
}
