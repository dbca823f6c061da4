import { isTrellisError, type Log, type Scheduler, type Timer } from "@trellis/base";
import type { PeerId } from "../transport/Transport.ts";
import { type BookContents, decodeBook, encodeBook } from "./book/bookCodec.ts";
import type { PeerBookStore } from "./book/PeerBookStore.ts";
import type { BucketRates } from "./bucketRates.ts";
import { BOOK_LIMITS, type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from "./limits.ts";
import { PeerManager, type PeerManagerPorts } from "./PeerManager.ts";
import { watchPauses } from "./watchPauses.ts";

interface PeersOptions {
  readonly rates: BucketRates;
  readonly limits?: Partial<ConnectionLimits>;
  readonly disconnect: (peer: PeerId, reason: string) => void;
  readonly isPeerId?: (text: string) => boolean;
}

interface PeersPorts extends PeerManagerPorts {
  readonly scheduler: Scheduler;
  readonly store: PeerBookStore;
}

export interface Peers {
  readonly manager: PeerManager;
  save(): Promise<void>;
  stop(): Promise<void>;
}

/** An unreadable peer book is renamed. [PEER-18] @throws ARGUMENT_INVALID, PEER_BOOK_UNAVAILABLE */
export async function openPeers(options: PeersOptions, ports: PeersPorts): Promise<Peers> {
  const { scheduler, store } = ports;
  const log = ports.log.child("peers");
  const contents = await loadBook(store, log);
  const limits = { ...DEFAULT_CONNECTION_LIMITS, ...options.limits };
  const saver = new Saver(store, scheduler, log, () => manager.contents());
  const pauses = watchPauses(ports.clock, scheduler);
  const manager = new PeerManager(
    { ...options, limits, hasPaused: () => pauses.isRecent(), urgent: () => void saver.save() },
    { ...ports, log },
    contents,
  );
  saver.start();
  const stop = (): Promise<void> => {
    pauses.stop();
    return saver.stop();
  };
  return { manager, save: () => saver.save(), stop };
}

async function loadBook(store: PeerBookStore, log: Log): Promise<BookContents> {
  const bytes = await store.load();
  if (bytes === undefined) return { peers: [], bans: [] };
  try {
    return decodeBook(bytes);
  } catch (error) {
    if (!isTrellisError(error, "PEER_BOOK_CORRUPT")) throw error;
    log.warn("peerBook.replaced", {
      error,
      aside: await store.setAside(),
      message: "The peer book is corrupt. The node starts with an empty one.",
    });
    return { peers: [], bans: [] };
  }
}

class Saver {
  readonly #store: PeerBookStore;
  readonly #scheduler: Scheduler;
  readonly #log: Log;
  readonly #contents: () => BookContents;
  #timer: Timer | undefined;
  #underWay: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(store: PeerBookStore, scheduler: Scheduler, log: Log, contents: () => BookContents) {
    this.#store = store;
    this.#scheduler = scheduler;
    this.#log = log;
    this.#contents = contents;
  }

  start(): void {
    this.#timer = this.#scheduler.after(BOOK_LIMITS.saveMs, () => {
      void this.save();
      this.start();
    });
  }

  /** Calls during a save share the next save. */
  save(): Promise<void> {
    if (this.#underWay === undefined) {
      this.#underWay = this.#write();
      return this.#underWay;
    }
    this.#next ??= this.#underWay.then(() => {
      this.#next = undefined;
      this.#underWay = this.#write();
      return this.#underWay;
    });
    return this.#next;
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.save();
  }

  async #write(): Promise<void> {
    // Lets the caller finish the change to save.
    await Promise.resolve();
    try {
      await this.#store.save(encodeBook(this.#contents()));
    } catch (error) {
      this.#log.warn("peerBook.saveFailed", { error: error as Error });
    } finally {
      if (this.#next === undefined) this.#underWay = undefined;
    }
  }
}
