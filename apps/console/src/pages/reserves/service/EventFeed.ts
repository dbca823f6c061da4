export interface ServiceEvent {
  readonly position: number;
  readonly type: string;
  readonly timeMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FeedSnapshot {
  readonly events: readonly ServiceEvent[];
  readonly isOpen: boolean;
  readonly resumedCount: number;
  /** True if some events may have been missed. */
  readonly hasGap: boolean;
}

interface FeedPorts {
  /** The browser's WebSocket error does not distinguish refusals from outages. */
  readonly isServing: () => Promise<boolean>;
  /** Called on refusals, because the session may have ended. */
  readonly wasRefused: () => void;
}

const EVENTS_KEPT = 500;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 10_000;
/** After this many refusals, the feed restarts at the present: the service may have dropped its position. */
const REFUSALS_MAX = 3;

const EMPTY: FeedSnapshot = { events: [], isOpen: false, resumedCount: 0, hasGap: false };

export class EventFeed {
  readonly #url: string;
  readonly #ports: FeedPorts;
  #snapshot = EMPTY;
  #socket: WebSocket | undefined;
  #after: number | undefined;
  #refusals = 0;
  #retryMs = RETRY_MS_MIN;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: ServiceEvent) => void>();
  readonly #beginningListeners = new Set<() => void>();

  constructor(url: string, ports: FeedPorts) {
    this.#url = url;
    this.#ports = ports;
  }

  snapshot = (): FeedSnapshot => this.#snapshot;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  onEvent(listener: (event: ServiceEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  onBeginning(listener: () => void): () => void {
    this.#beginningListeners.add(listener);
    return () => this.#beginningListeners.delete(listener);
  }

  forget(): void {
    this.#after = undefined;
    this.#set(EMPTY);
    if (this.#listeners.size === 0) return;
    this.#stop();
    this.#open();
  }

  #open(): void {
    clearTimeout(this.#timer);
    const after = this.#after;
    const socket = new WebSocket(`${this.#url}${after === undefined ? "" : `?after=${after}`}`, "trellis.v1");
    this.#socket = socket;
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      this.#refusals = 0;
      this.#retryMs = RETRY_MS_MIN;
      const resumedCount = this.#snapshot.resumedCount + (after === undefined ? 0 : 1);
      this.#set({ ...this.#snapshot, isOpen: true, resumedCount });
      if (after === undefined) for (const listener of this.#beginningListeners) listener();
    };
    socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as ServiceEvent);
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#set({ ...this.#snapshot, isOpen: false });
      void this.#comeBack(wasOpen);
    };
  }

  async #comeBack(wasOpen: boolean): Promise<void> {
    const socket = this.#socket;
    if (!wasOpen && (await this.#ports.isServing())) {
      this.#ports.wasRefused();
      this.#refusals += 1;
      if (this.#refusals >= REFUSALS_MAX && this.#after !== undefined) {
        this.#after = undefined;
        this.#set({ ...this.#snapshot, hasGap: true });
      }
    }
    if (this.#socket !== socket || this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => this.#open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
  }

  #take(event: ServiceEvent): void {
    this.#after = event.position;
    const events = [event, ...this.#snapshot.events].slice(0, EVENTS_KEPT);
    this.#set({ ...this.#snapshot, events });
    for (const listener of this.#eventListeners) listener(event);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    // Closing a connecting WebSocket makes browsers log an error.
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket?.close();
    this.#set({ ...this.#snapshot, isOpen: false });
  }

  #set(snapshot: FeedSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}
