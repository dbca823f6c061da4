const SECOND_MS = 1_000;
const MIB = 1_048_576;

export const LIBP2P_LIMITS = {
  /** Three round trips; slower peers are useless. */
  handshakeMs: 10 * SECOND_MS,
  /** Each holds a socket and a key exchange. */
  handshakesMax: 64,
  /** A cluster on one machine starts about this many. */
  handshakesPerIpMax: 16,
  connectionsPerIpPerSecond: 32,
  /** Negotiated or not. */
  streamsPerConnectionMax: 256,
  frameTokens: 1,
  /** Opening a stream takes 0.2 ms; a frame takes some µs. */
  streamTokens: 64,
  /** Identify and DHT messages, which search for nearest peers. */
  controlTokens: 64,
  /**
   * Smaller frames are control messages, some a second. The gossip bucket would admit a burst of 20,000 at 1/15 ms
   * each.
   */
  gossipMessageBytesMin: 64,
  /** A burst of 4,096 takes 0.25 s. */
  gossipTalkTokens: 16,
  bytesPerToken: 4_096,
  /** 20 peers with all addresses take a tenth. */
  controlMessageBytesMax: 131_072,
  requestsPerProtocolMax: 32,
  requestsOutPerProtocolMax: 64,
  requestReadMs: 10 * SECOND_MS,
  /** Enough for 10 MB at 3 Mbit/s. */
  answerWriteMs: 30 * SECOND_MS,
  /** Beyond this, the peer's next request waits. */
  unsentPerPeerMax: 4 * MIB,
  /** Beyond this, the slowest reader is disconnected. */
  unsentMax: 128 * MIB,
  waitingBytesPerPeerMax: MIB,
  /** Bandwidth-delay product of 100 ms at 300 Mbit/s. */
  streamWindowBytes: 4 * MIB,
  readAheadBytes: 65_536,
  pingIntervalMs: 10 * SECOND_MS,
  /** Allows for busy machines. */
  pingTimeoutMs: 10 * SECOND_MS,
  /** Excess is dropped, and fetched later if needed. */
  judgedPerPeerMax: 256,
  judgedBytesPerPeerMax: 16 * MIB,
  gossipOutBytesMax: 16 * MIB,
  gossipControlBytesMax: 131_072,
  recordBytesMax: 16 * MIB,
  /** Interval of DHT self-queries. */
  searchMs: 15 * SECOND_MS,
  /** Interval of offers to the DHT's table. */
  offerMs: 5 * SECOND_MS,
  /** Backoff of libp2p's own dials, for DHT queries. */
  dialRestMs: 30 * SECOND_MS,
  /** Beyond this, DHT queries dial nobody new. */
  dialsRestingMax: 1_024,
  /** For answers under way, which carry the reason or this node's identity. */
  leaveMs: 500,
  lingerMs: 100,
  stopMs: 1_500,
} as const;
