import type { Clock, Scheduler } from "@trellis/base";
import { Pacer } from "../guards/Pacer.ts";
import type { Client, Emit } from "../Session.ts";

interface Source<Event> {
  subscribe(listener: (event: Event) => void): () => void;
}

export interface FeedPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly lagMsMax: number;
}

/** Yields undefined wherever delivery may pause. */
export type Notifier<Event> = (event: Event) => Iterable<string | undefined>;

interface Reader<Event> {
  readonly emit: Emit;
  readonly notify: Notifier<Event>;
  readonly from: number;
}

interface Place<Event> {
  readonly readers: Set<Reader<Event>>;
  next: number;
  telling: Iterator<void> | undefined;
}

/** Clients alternate, so that a client with many subscriptions delays only itself. [RPC-14] */
export class Feed<Event> {
  readonly #source: Source<Event>;
  readonly #ports: FeedPorts;
  readonly #places = new Map<Client, Place<Event>>();
  readonly #noted: { readonly event: Event; readonly atMs: number }[] = [];
  #first = 0;
  #isNotifying = false;
  #stop: (() => void) | undefined;

  constructor(source: Source<Event>, ports: FeedPorts) {
    this.#source = source;
    this.#ports = ports;
  }

  join(client: Client, emit: Emit, notify: Notifier<Event>): () => void {
    this.#stop ??= this.#source.subscribe((event) => this.#note(event));
    let place = this.#places.get(client);
    if (place === undefined) {
      place = { readers: new Set(), next: this.#next, telling: undefined };
      this.#places.set(client, place);
    }
    const { readers } = place;
    const reader = { emit, notify, from: this.#next };
    readers.add(reader);
    return () => {
      readers.delete(reader);
      if (readers.size === 0 && this.#places.get(client)?.readers === readers) this.#leave(client);
    };
  }

  get #next(): number {
    return this.#first + this.#noted.length;
  }

  #note(event: Event): void {
    this.#noted.push({ event, atMs: this.#ports.clock.nowMs() });
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    void this.#notifyAll();
  }

  async #notifyAll(): Promise<void> {
    const pacer = new Pacer(this.#ports.clock, this.#ports.scheduler);
    await pacer.pause();
    for (let known = this.#first; known < this.#next; ) {
      known = this.#next;
      const behind = new Map(this.#places);
      do {
        for (const [client, place] of behind) {
          if (!this.#tellOne(place)) behind.delete(client);
          if (pacer.isDue) await pacer.pause();
        }
        this.#forget(behind, known);
      } while (behind.size > 0 && known === this.#next);
    }
    this.#isNotifying = false;
  }

  #tellOne(place: Place<Event>): boolean {
    place.telling ??= this.#tellings(place);
    const isBehind = place.telling.next().done !== true;
    if (!isBehind) place.telling = undefined;
    return isBehind;
  }

  *#tellings(place: Place<Event>): Generator<void> {
    const { readers } = place;
    for (; place.next < this.#next; place.next++) {
      const noted = this.#noted[place.next - this.#first];
      for (const reader of readers) {
        if (noted === undefined || reader.from > place.next) continue;
        for (const json of reader.notify(noted.event)) {
          if (!readers.has(reader)) break;
          if (json !== undefined) reader.emit(json);
          yield;
        }
        yield;
      }
    }
  }

  #forget(behind: Map<Client, Place<Event>>, known: number): void {
    const oldestMs = this.#ports.clock.nowMs() - this.#ports.lagMsMax;
    let first = known;
    for (const [client, place] of behind) {
      const { atMs } = this.#noted[place.next - this.#first] ?? {};
      if (atMs === undefined || atMs >= oldestMs) first = Math.min(first, place.next);
      else {
        behind.delete(client);
        place.readers.clear();
        this.#leave(client);
        client.disconnect();
      }
    }
    this.#noted.splice(0, first - this.#first);
    this.#first = first;
  }

  #leave(client: Client): void {
    this.#places.delete(client);
    if (this.#places.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}
