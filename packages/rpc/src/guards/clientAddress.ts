import type { IncomingMessage } from "node:http";
import { AddressList, addressKey, clientAddress as arrivedFrom } from "@trellis/platform/guard";

const THIS_MACHINE = new AddressList(["127.0.0.0/8", "::1"]);

/** Trusts forwarding headers only from this machine: remote senders can forge them. [RPC-23] */
export function clientAddress({ headers, socket }: Pick<IncomingMessage, "headers" | "socket">): string {
  const { remoteAddress: peer = "" } = socket;
  const address = arrivedFrom({ peer, headers }, THIS_MACHINE);
  return address === undefined ? peer : addressKey(address);
}
