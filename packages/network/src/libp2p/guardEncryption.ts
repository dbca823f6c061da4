import type { ConnectionEncrypter, MessageStream } from "@libp2p/interface";
import type { PeerId } from "../transport/Transport.ts";
import { guardNegotiation } from "./guardNegotiation.ts";

export type EncryptedPeers = WeakMap<MessageStream, PeerId>;

/** Negotiable if the encryption handshake agreed on no muxer. */
const MUXERS: ReadonlySet<string> = new Set(["/yamux/1.0.0"]);

/** [LINK-5] */
export function guardedEncryption<Components>(
  create: (components: Components) => ConnectionEncrypter,
  peers: EncryptedPeers,
): (components: Components) => ConnectionEncrypter {
  return (components) => {
    const encrypter = create(components);
    for (const side of ["secureInbound", "secureOutbound"] as const) {
      const secure = encrypter[side].bind(encrypter);
      encrypter[side] = async (connection, options) => {
        const secured = await secure(connection, options);
        peers.set(secured.connection, secured.remotePeer.toString());
        if (secured.streamMuxer === undefined) guardNegotiation(secured.connection, MUXERS);
        return secured;
      };
    }
    return encrypter;
  };
}
