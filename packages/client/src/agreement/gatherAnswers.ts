import type { Scheduler, Timer } from "@trellis/base";

const MOMENT_MS = 500;

export type Answer<View, T> =
  | { readonly view: View; readonly value: T }
  | { readonly view: View; readonly error: unknown };

interface Patience<T> {
  isEnough(values: readonly T[], openCount: number): boolean;
  readonly moment?: {
    readonly scheduler: Scheduler;
    isDue(values: readonly T[]): boolean;
  };
}

/** Returns answers and errors in the order of `views`. */
export function gatherAnswers<View, T>(
  views: readonly View[],
  ask: (view: View) => Promise<T>,
  { isEnough, moment }: Patience<T>,
): Promise<readonly Answer<View, T>[]> {
  return new Promise((resolve) => {
    const places: (Answer<View, T> | undefined)[] = views.map(() => undefined);
    let timer: Timer | undefined;
    const finish = (): void => {
      timer?.cancel();
      resolve(places.filter((answer) => answer !== undefined));
    };
    const look = (): void => {
      const values = places.flatMap((answer) => (answer && "value" in answer ? [answer.value] : []));
      const openCount = places.filter((answer) => answer === undefined).length;
      if (openCount === 0 || isEnough(values, openCount)) finish();
      else if (moment?.isDue(values)) timer ??= moment.scheduler.after(MOMENT_MS, finish);
    };
    for (const [place, view] of views.entries())
      void answerOf(view, ask).then((answer) => {
        places[place] = answer;
        look();
      });
  });
}

async function answerOf<View, T>(view: View, ask: (view: View) => Promise<T>): Promise<Answer<View, T>> {
  try {
    return { view, value: await ask(view) };
  } catch (error) {
    return { view, error };
  }
}
