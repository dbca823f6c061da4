export interface PeerBookStore {
  /** @throws PEER_BOOK_UNAVAILABLE */
  load(): Promise<Uint8Array | undefined>;
  /** @throws PEER_BOOK_UNAVAILABLE */
  save(bytes: Uint8Array): Promise<void>;
  /** Renames an unreadable book and returns the new name. @throws PEER_BOOK_UNAVAILABLE */
  setAside(): Promise<string>;
}

export class MemoryPeerBookStore implements PeerBookStore {
  bytes: Uint8Array | undefined;
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
