/** An answer of a service is some milliseconds of its work: who asked without a pause would be all that it does. */
const PAUSE_MS = 250;

/** The same condition, asked a few times a second: for `eventually` and `whileMoving`. */
export function throttled(condition: () => Promise<boolean>): () => Promise<boolean> {
  return async () => {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return false;
  };
}
