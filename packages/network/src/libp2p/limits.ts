const SECOND_MS = 1_000;
const MIB = 1_048_576;

export const LIBP2P_LIMITS = {
  /** Three round trips; slower peers are not useful. */
  handshakeMs: 10 * SECOND_MS,
  /** Each handshake holds a socket and computes a key exchange. */
  handshakesMax: 64,
  /** A cluster on one machine starts about this many. */
  handshakesPerIpMax: 16,
  connectionsPerIpPerSecond: 32,
  /** Counts streams before and after negotiation. */
  streamsPerConnectionMax: 256,
  frameTokens: 1,
  /** Opening a stream takes 0.2 ms; a frame takes some µs. */
  streamTokens: 64,
  /** Cost of identify and DHT messages, which search for nearest peers. */
  controlTokens: 64,
  /**
   * Smaller frames are control messages, a few per second. The gossip bucket would admit a burst of 20,000 at 1/15 ms
   * each.
   */
  gossipMessageBytesMin: 64,
  /** A burst of 4,096 control frames takes 0.25 s. */
  gossipTalkTokens: 16,
  bytesPerToken: 4_096,
  /** A message with all addresses of 20 peers takes a tenth. */
  controlMessageBytesMax: 131_072,
  requestsPerProtocolMax: 32,
  requestsOutPerProtocolMax: 64,
  requestReadMs: 10 * SECOND_MS,
  /** Enough for 10 MB at 3 Mbit/s. */
  answerWriteMs: 30 * SECOND_MS,
  /** With more unsent bytes, the peer's next request waits. */
  unsentPerPeerMax: 4 * MIB,
  /** With more unsent bytes, the slowest reader is disconnected. */
  unsentMax: 128 * MIB,
  waitingBytesPerPeerMax: MIB,
  /** Bandwidth-delay product of 100 ms at 300 Mbit/s. */
  streamWindowBytes: 4 * MIB,
  readAheadBytes: 65_536,
  pingIntervalMs: 10 * SECOND_MS,
  /** Long enough for busy machines. */
  pingTimeoutMs: 10 * SECOND_MS,
  /** Excess messages are dropped, and fetched later if needed. */
  judgedPerPeerMax: 256,
  judgedBytesPerPeerMax: 16 * MIB,
  gossipOutBytesMax: 16 * MIB,
  gossipControlBytesMax: 131_072,
  recordBytesMax: 16 * MIB,
  /** Interval of DHT self-queries. */
  searchMs: 15 * SECOND_MS,
  /** Interval of offers to the DHT's table. */
  offerMs: 5 * SECOND_MS,
  /** Backoff of libp2p's own dials for DHT queries. */
  dialRestMs: 30 * SECOND_MS,
  /** With more peers in backoff, DHT queries dial no new peers. */
  dialsRestingMax: 1_024,
  /** Time for answers in progress, which carry the reason or this node's identity. */
  leaveMs: 500,
  lingerMs: 100,
  stopMs: 1_500,
} as const;
