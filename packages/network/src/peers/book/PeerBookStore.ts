/** Where the peer book is kept. Its bytes are one whole: what is saved replaces what was there. */
export interface PeerBookStore {
  /** undefined when nothing was saved yet. @throws PEER_BOOK_UNAVAILABLE */
  load(): Promise<Uint8Array | undefined>;
  /** @throws PEER_BOOK_UNAVAILABLE */
  save(bytes: Uint8Array): Promise<void>;
  /** Puts what is there out of the way, and tells where. @throws PEER_BOOK_UNAVAILABLE */
  setAside(): Promise<string>;
}

/** Keeps the book as long as the process lives. */
export class MemoryPeerBookStore implements PeerBookStore {
  bytes: Uint8Array | undefined;
  /** What was set aside last. */
  aside: Uint8Array | undefined;

  constructor(bytes?: Uint8Array) {
    this.bytes = bytes;
  }

  async load(): Promise<Uint8Array | undefined> {
    return this.bytes;
  }

  async save(bytes: Uint8Array): Promise<void> {
    this.bytes = bytes;
  }

  async setAside(): Promise<string> {
    this.aside = this.bytes;
    this.bytes = undefined;
    return "memory";
  }
}
