import { isTrellisError } from "@trellis/base";
import { type Block, type Body, bodyRoot, type Hash, type Header } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { PeerId, Transport } from "../transport/Transport.ts";
import type { CodesAnswer, HeadersAnswer, HeadersRequest, Hello, StateRangeAnswer, StateRangeRequest } from "../wire/messages.ts";
