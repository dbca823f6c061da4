import type { MessageStream, StreamMessageEvent } from "@libp2p/interface";
import { networkErrors } from "../errors.ts";
import { Negotiation } from "./Negotiation.ts";
import { plainBytes } from "./plainBytes.ts";

/** Call before anything reads from the connection. [LINK-5] */
export function guardNegotiation(connection: MessageStream, protocols: ReadonlySet<string>): void {
  const negotiation = new Negotiation((protocol) => protocols.has(protocol));
  const look = (event: StreamMessageEvent): void => {
    const { kind } = negotiation.read(plainBytes(event.data));
    if (kind !== "open") connection.removeEventListener("message", look);
    if (kind === "refused") {
      event.stopImmediatePropagation();
      connection.abort(networkErrors.CONNECTION_ENDED({ reason: "not a libp2p handshake" }));
    }
  };
  connection.addEventListener("message", look);
}
