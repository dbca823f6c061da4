import { isTrellisError } from "@trellis/base";
import { networkErrors } from "../errors.ts";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { PeerId } from "../transport/Transport.ts";
import type { WireProtocol } from "../wire/index.ts";
import type { AnswerQueue } from "./AnswerQueue.ts";

export interface Server {
  readonly protocol: WireProtocol<unknown, unknown>;
  answer(peer: PeerId, message: Uint8Array): Promise<Uint8Array>;
}

/** Charges the peer first. [SYNC-18] @throws PEER_OVER_LIMIT, and errors of the decoder and of `answer` */
export function serve<Request, Answer>(
  guard: PeerGuard,
  protocol: WireProtocol<Request, Answer>,
  answer: (peer: PeerId, request: Request) => Answer | Promise<Answer>,
  answerQueue?: AnswerQueue,
): Server {
  return {
    protocol: protocol as WireProtocol<unknown, unknown>,
    async answer(peer, message) {
      const request = readRequest(guard, protocol, peer, message);
      const tokens = protocol.cost(request);
      if (!guard.spend(peer, protocol.name, tokens)) {
        throw networkErrors.PEER_OVER_LIMIT({ peer, protocol: protocol.name, tokens });
      }
      const encoded = async () => protocol.answer.encode(await answer(peer, request));
      return answerQueue === undefined ? encoded() : answerQueue.run(encoded);
    },
  };
}

function readRequest<Request, Answer>(
  guard: PeerGuard,
  { name, request }: WireProtocol<Request, Answer>,
  peer: PeerId,
  message: Uint8Array,
): Request {
  try {
    return request.decode(message);
  } catch (error) {
    if (isTrellisError(error)) guard.report(peer, "malformed", { request: name, code: error.code });
    throw error;
  }
}
