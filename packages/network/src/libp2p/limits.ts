const SECOND_MS = 1_000;
const MIB = 1_048_576;

/** What strangers may cost before and beside what the protocols allow. */
export const LIBP2P_LIMITS = {
  /** A handshake takes three round trips; whoever needs longer is too far away to be of use. */
  handshakeMs: 10 * SECOND_MS,
  /** Each holds a socket and a key exchange. */
  handshakesMax: 64,
  /** So that one host does not take all of them. A cluster on one machine starts about so many at once. */
  handshakesPerIpMax: 16,
  /** New connections of one host in a second. */
  connectionsPerIpPerSecond: 32,
  /** Streams that a peer has open over all protocols, negotiated or not. */
  streamsPerConnectionMax: 256,
  /** What a frame of a connection costs of the bucket `frames`. */
  frameTokens: 1,
  /** And one that opens a stream, beside it: about a fifth of a millisecond, where a frame takes some microseconds. */
  streamTokens: 64,
  /** And a message of identify or of the DHT, which looks for the peers nearest to what is asked for. */
  controlTokens: 64,
  /**
   * A frame of gossip below has no message of ours in it, whose topic alone takes half of this: it is what gossip says
   * of itself, some of it a second. The bucket of gossip, which holds half a minute's messages, would let 20,000 empty
   * ones through at once, at a fifteenth of a millisecond each.
   */
  gossipMessageBytesMin: 64,
  /** What such a frame costs of the bucket `frames` beside: 4,096 at once take a quarter of a second. */
  gossipTalkTokens: 16,
  /** Gossip costs a token a message and one for so many bytes, as the protocols' messages do. */
  bytesPerToken: 4_096,
  /** A message of identify or of the DHT: 20 peers with all their addresses take a tenth. */
  controlMessageBytesMax: 131_072,
  /** Requests of one protocol that a peer has open. */
  requestsPerProtocolMax: 32,
  /** Own requests of one protocol to one peer. */
  requestsOutPerProtocolMax: 64,
  /** From the first byte of a request to its last. */
  requestReadMs: 10 * SECOND_MS,
  /** From the answer to its last byte in the peer's hands: 10 MB at 3 Mbit/s. */
  answerWriteMs: 30 * SECOND_MS,
  /**
   * Answers that a peer has not taken yet: at so many bytes the next request waits, so that a peer holds no more than
   * this and one answer.
   */
  unsentPerPeerMax: 4 * MIB,
  /** Of all peers together; beyond, the one that takes its answers the slowest goes. */
  unsentMax: 128 * MIB,
  /** Requests that wait for that, of one peer. */
  waitingBytesPerPeerMax: MIB,
  /** A stream's bytes on their way: what 100 ms at 300 Mbit/s hold. */
  streamWindowBytes: 4 * MIB,
  /** What is read ahead beside the message that is read. */
  readAheadBytes: 65_536,
  /** A dead peer is noticed after one interval and one timeout. */
  pingIntervalMs: 10 * SECOND_MS,
  /** Below, a peer whose machine is busy would be taken for dead. */
  pingTimeoutMs: 10 * SECOND_MS,
  /** Gossiped messages of one peer that are being judged; more are dropped, and fetched later if they matter. */
  judgedPerPeerMax: 256,
  judgedBytesPerPeerMax: 16 * MIB,
  /** What waits to be sent to a peer that does not read. */
  gossipOutBytesMax: 16 * MIB,
  /** What a frame of gossip carries beside messages. */
  gossipControlBytesMax: 131_072,
  /** Records of peers and of the routing table. */
  recordBytesMax: 16 * MIB,
  /** Between two searches for peers near this node in the DHT: some messages each. */
  searchMs: 15 * SECOND_MS,
  /** Between two offers of the connected peers to the DHT's table. */
  offerMs: 5 * SECOND_MS,
  /** Between two dials of one peer that libp2p makes by itself, for the DHT's queries. */
  dialRestMs: 30 * SECOND_MS,
  /** More queries than that ask no further. */
  dialsRestingMax: 1_024,
  /** For answers on their way to a peer that is disconnected: they say why, or at least who this node is. */
  leaveMs: 500,
  lingerMs: 100,
  /** The operator's patience at the end. */
  stopMs: 1_500,
} as const;
