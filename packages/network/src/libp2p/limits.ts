const SECOND_MS = 1_000;
const MIB = 1_048_576;

export const LIBP2P_LIMITS = {
  handshakeMs: 10 * SECOND_MS,
  handshakesMax: 64,
  handshakesPerIpMax: 16,
  connectionsPerIpPerSecond: 32,
  streamsPerConnectionMax: 256,
  frameTokens: 1,
  /** Opening a stream takes 0.2 ms; a frame takes a few µs. */
  streamTokens: 64,
  controlTokens: 64,
  /**
   * Honest peers send a few smaller frames per second, for control messages. They cost more tokens: 20,000
   * take over a second to process.
   */
  gossipMessageBytesMin: 64,
  /** A full bucket admits 4,096 control frames, which take 0.25 s. */
  gossipTalkTokens: 16,
  bytesPerToken: 4_096,
  controlMessageBytesMax: 131_072,
  requestsPerProtocolMax: 32,
  requestsOutPerProtocolMax: 64,
  requestReadMs: 10 * SECOND_MS,
  /** 10 MB at 3 Mbit/s. */
  answerWriteMs: 30 * SECOND_MS,
  /** Above this, the peer's next request waits. */
  unsentPerPeerMax: 4 * MIB,
  /** Above this, the slowest reader is disconnected. */
  unsentMax: 128 * MIB,
  waitingBytesPerPeerMax: MIB,
  /** Bandwidth-delay product at 300 Mbit/s and 100 ms. */
  streamWindowBytes: 4 * MIB,
  readAheadBytes: 65_536,
  pingIntervalMs: 10 * SECOND_MS,
  pingTimeoutMs: 10 * SECOND_MS,
  judgedPerPeerMax: 256,
  judgedBytesPerPeerMax: 16 * MIB,
  gossipOutBytesMax: 16 * MIB,
  gossipControlBytesMax: 131_072,
  recordBytesMax: 16 * MIB,
  searchMs: 15 * SECOND_MS,
  offerMs: 5 * SECOND_MS,
  dialRestMs: 30 * SECOND_MS,
  dialsRestingMax: 1_024,
  /** Pending answers may contain the reason for the disconnect. */
  leaveMs: 500,
  lingerMs: 100,
  /** Per peer that moves to a new key: a dial, then the answers in progress. */
  moveMs: 3 * SECOND_MS,
  stopMs: 1_500,
} as const;
