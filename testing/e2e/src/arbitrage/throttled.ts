/** Polling without a pause would saturate the service. */
const PAUSE_MS = 250;

export function throttled(condition: () => Promise<boolean>): () => Promise<boolean> {
  return async () => {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return false;
  };
}
