import type {
  BlocksAnswer,
  BodiesAnswer,
  CodesAnswer,
  HashesRequest,
  HeadersAnswer,
  HeadersRequest,
  Hello,
  StateRangeAnswer,
  StateRangeRequest,
} from "../wire/messages.ts";

/** One request protocol on the wire. Decoders throw what the table of wire errors has. */
export interface RequestCodec<Request, Answer> {
  readonly id: string;
  readonly requestBytesMax: number;
  readonly answerBytesMax: number;
  encodeRequest(request: Request): Uint8Array;
  decodeRequest(bytes: Uint8Array): Request;
  encodeAnswer(answer: Answer): Uint8Array;
  decodeAnswer(bytes: Uint8Array): Answer;
}

/** The protocols that sync speaks. */
export interface SyncCodecs {
  readonly hello: RequestCodec<Hello, Hello>;
  readonly headers: RequestCodec<HeadersRequest, HeadersAnswer>;
  readonly blocks: RequestCodec<HashesRequest, BlocksAnswer>;
  readonly bodies: RequestCodec<HashesRequest, BodiesAnswer>;
  readonly stateRange: RequestCodec<StateRangeRequest, StateRangeAnswer>;
  readonly codes: RequestCodec<HashesRequest, CodesAnswer>;
}
