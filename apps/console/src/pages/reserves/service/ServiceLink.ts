import { useSyncExternalStore } from "react";

type LinkState = "connecting" | "live" | "lost";

const BEAT_MS = 4_000;
const BEAT_LOST_MS = 1_000;
const ANSWER_MS_MAX = 8_000;

class ServiceLink {
  #state: LinkState = "connecting";
  #heardAtMs = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #probe: (signal: AbortSignal) => Promise<unknown>;
  readonly #listeners = new Set<() => void>();

  constructor(probe: (signal: AbortSignal) => Promise<unknown>) {
    this.#probe = probe;
  }

  get state(): LinkState {
    return this.#state;
  }

  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  onState = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) void this.#beat();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) clearTimeout(this.#timer);
    };
  };

  heard(): void {
    this.#heardAtMs = Date.now();
    this.#set("live");
  }

  lost(): void {
    this.#set("lost");
  }

  async #beat(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#probe(AbortSignal.timeout(ANSWER_MS_MAX));
      this.heard();
    } catch {
      this.lost();
    }
    if (this.#listeners.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#beat(), this.#state === "live" ? BEAT_MS : BEAT_LOST_MS);
  }

  #set(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export function linkTo(path: string): ServiceLink {
  return new ServiceLink(async (signal) => {
    const response = await fetch(`${path}/health`, { signal, cache: "no-store" });
    if (!response.ok) throw new DOMException(`status ${response.status}`, "NetworkError");
  });
}

export const link = linkTo("/v1");

export function useLink(of: ServiceLink, isWanted = true): LinkState {
  return useSyncExternalStore(isWanted ? of.onState : never, () => of.state);
}

const never = () => () => {};
