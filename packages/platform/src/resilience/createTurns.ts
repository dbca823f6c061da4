/**
 * Runs pieces of work one after another, each when those before it have ended, well or not.
 * @returns gives what the work gives, and throws what it throws
 */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
}
